// Sources, reference tables, views, and what is computed row by row.

import { condition, number, text } from './expressions.ts';
import { arrivedWith, columnsOf, type Generated, type Maker, type Side, type Time } from './generated.ts';

const EVENT: Omit<Time, 'name'> = { kind: 'event', seconds: 0, at: 0, window: 0 };

/** Rows of a source. */
export function base({ pick, chance }: Maker, timed: boolean): Generated {
  const source = chance(0.5) ? 'a' : 'b';
  const other = source === 'a' ? pick(['x', 'place.p', 'len(items)', "tags['a']", 'list_max(items)']) : 'y';
  const word = source === 'a' && chance(0.2) ? 'place.q' : 'g';
  const times = timed ? [{ ...EVENT, name: 'w' }] : [];
  const stamp = timed ? ', ts AS w' : '';
  const text = (side: Side) =>
    `SELECT id AS i, k AS n, ${other} AS m, ${word} AS t${stamp}${arrivedWith(side, times)} FROM ${side === 'truth' ? `${source}_arrived` : source}`;
  return { text, numbers: ['i', 'n', 'm'], texts: ['t'], times, grows: true, parts: [] };
}

export function filtered(maker: Maker, depth: number): Generated {
  const { chance, fresh } = maker;
  const from = maker.relation(depth - 1);
  const [n, m, t] = [fresh('n'), fresh('n'), fresh('t')];
  const times = from.times.filter(() => chance(0.8));
  const where = chance(0.7) ? ` WHERE ${condition(maker, from)}` : '';
  const items = `${number(maker, from)} AS ${n}, ${number(maker, from)} AS ${m}, ${text(maker, from)} AS ${t}`;
  const kept = times.map(({ name }) => `, ${name}`).join('');
  const q = fresh('q');
  return {
    text: (side) => `SELECT ${items}${kept}${arrivedWith(side, times)} FROM (${from.text(side)}) ${q}${where}`,
    ...{ numbers: [n, m], texts: [t], times, grows: from.grows, parts: [from] },
  };
}

/** Rows made of lists, structs and maps, and taken apart again. */
export function nested(maker: Maker, depth: number): Generated {
  const { pick, fresh } = maker;
  const from = maker.relation(depth - 1);
  const [n, t, s] = [fresh('n'), fresh('t'), fresh('s')];
  const [x, y, word] = [number(maker, from), number(maker, from), text(maker, from)];
  const kept = from.times.map(({ name }) => `, ${name}`).join('');
  const q = fresh('q');
  const inner = (side: Side) => `(${from.text(side)}) ${q}`;
  const came = (side: Side) => arrivedWith(side, from.times);
  const texts: ((side: Side) => string)[] = [
    (side) => `SELECT unnest([${x}, ${y}]) AS ${n}, ${word} AS ${t}${kept}${came(side)} FROM ${inner(side)}`,
    (side) =>
      `SELECT ${s}.p AS ${n}, ${s}.q AS ${t}${kept}${came(side)} FROM (SELECT {'p': ${x}, 'q': ${word}} AS ${s}${kept}${came(side)} FROM ${inner(side)})`,
    (side) =>
      `SELECT ${s}[1] AS ${n}, ${t}${kept}${came(side)} FROM (SELECT [${x}, ${y}] AS ${s}, ${word} AS ${t}${kept}${came(side)} FROM ${inner(side)})`,
    (side) =>
      `SELECT ${s}['k'] AS ${n}, ${t}${kept}${came(side)} FROM (SELECT MAP {'k': ${x}, 'l': ${y}} AS ${s}, ${word} AS ${t}${kept}${came(side)} FROM ${inner(side)})`,
  ];
  return { text: pick(texts), numbers: [n], texts: [t], times: from.times, grows: from.grows, parts: [from] };
}

/** DISTINCT over a nested value, or groups of it: a key like any other. */
export function nestedKey(maker: Maker, depth: number): Generated {
  const { pick, fresh, chance } = maker;
  const from = maker.relation(depth - 1);
  const [n, t, s, c] = [fresh('n'), fresh('t'), fresh('s'), fresh('n')];
  const [x, word] = [number(maker, from), text(maker, from)];
  const { value, first, second } = pick([
    { value: `{'p': ${x}, 'q': ${word}}`, first: `${s}.p`, second: `${s}.q` },
    { value: `[(${x})::VARCHAR, ${word}]`, first: `len(${s})`, second: `${s}[2]` },
    { value: `MAP {'a': ${word}}`, first: `len(map_keys(${s}))`, second: `${s}['a']` },
    { value: `[{'p': ${x}, 'q': ${word}}]`, first: `${s}[1].p`, second: `${s}[1].q` },
  ]);
  const q = fresh('q');
  const made = (side: Side) => `SELECT ${value} AS ${s} FROM (${from.text(side)}) ${q}`;
  const grouped = (side: Side) => `SELECT ${s}, count(*) AS ${c} FROM (${made(side)}) GROUP BY ${s}`;
  const distinct = (side: Side) => `SELECT DISTINCT ${s}, 1 AS ${c} FROM (${made(side)})`;
  const isGrouped = chance(0.6);
  const inner = isGrouped ? grouped : distinct;
  return {
    text: (side) => `SELECT ${first} AS ${n}, ${second} AS ${t}, ${c} FROM (${inner(side)})`,
    ...{ numbers: [n, c], texts: [t], times: [], grows: from.grows && !isGrouped, parts: [from] },
  };
}

/** Joined with a reference table, which waits for nothing. */
export function withTable(maker: Maker, depth: number): Generated {
  const { pick, chance, fresh } = maker;
  const from = maker.relation(depth - 1);
  const [q, n, t] = [fresh('q'), fresh('n'), fresh('t')];
  const join = pick(['JOIN', 'LEFT JOIN', 'SEMI JOIN', 'ANTI JOIN']);
  const also = chance(0.4) ? ` AND ${q}.${pick(from.numbers)} > ref.low` : '';
  const same = chance(0.8) ? '=' : 'IS NOT DISTINCT FROM';
  const key = pick(from.numbers);
  const own = columnsOf(from).map((name) => `${q}.${name}`);
  const shows = join === 'JOIN' || join === 'LEFT JOIN';
  const items = shows ? [...own, `ref.low AS ${n}`, `ref.label AS ${t}`] : own;
  return {
    text: (side) =>
      `SELECT ${items.join(', ')}${arrivedWith(side, from.times)} FROM (${from.text(side)}) ${q} ${join} t AS ref ON ${q}.${key} ${same} ref.k${also}`,
    ...{ numbers: shows ? [...from.numbers, n] : from.numbers, texts: shows ? [...from.texts, t] : from.texts },
    ...{ times: from.times, grows: from.grows, parts: [from] },
  };
}

/** A view of the job, read under its name. */
export function throughView(maker: Maker, depth: number): Generated {
  const from = maker.relation(depth - 1);
  const name = maker.fresh('view');
  maker.views.push({ name, query: from.text('query') });
  return {
    ...from,
    text: (side) =>
      `SELECT ${columnsOf(from).join(', ')}${arrivedWith(side, from.times)} FROM ${side === 'query' ? name : `(${from.text(side)})`}`,
    parts: [from],
  };
}
