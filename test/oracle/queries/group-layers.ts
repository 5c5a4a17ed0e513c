// GROUP BY, DISTINCT and set operations: rows of one key become one.

import { aggregate, number, text, wordOfGroup } from './expressions.ts';
import {
  arrivedWith,
  closingOf,
  type Generated,
  inTime,
  type Maker,
  neverLate,
  onTime,
  type Side,
  type Time,
  timesOfKey,
} from './generated.ts';

/** Some times that belong together: one, or both bounds of a window; seldom two that have nothing to do with each other. */
export function someTimes({ pick, chance }: Maker, { times }: Generated): Time[] {
  if (times.length === 0 || chance(0.25)) return [];
  const one = pick(times);
  const another = pick(times);
  if (one.seconds !== another.seconds && chance(0.3)) return [one, another];
  const others = times.filter((time) => time !== one && time.kind !== 'event' && time.window === one.window);
  return one.kind !== 'event' && chance(0.6) ? [one, ...others] : [one];
}

export function grouped(maker: Maker, depth: number): Generated {
  const { chance, fresh, below } = maker;
  const from = maker.relation(depth - 1);
  const keys = someTimes(maker, from);
  const named = timesOfKey(keys).map((time) => ({ ...time, name: fresh('w') }));
  const [k, c, q] = [fresh('n'), fresh('n'), fresh('q')];
  const isText = chance(0.5);
  const key = keys.length > 0 && chance(0.25) ? [] : [`${isText ? text(maker, from) : number(maker, from)} AS ${k}`];
  const computed = Array.from({ length: 1 + below(3) }, () => ({ name: fresh('n'), sql: aggregate(maker, from) }));
  const word = chance(0.2) ? { name: fresh('t'), sql: wordOfGroup(maker, from) } : null;
  const having = chance(0.2) ? ` HAVING count(*) ${maker.pick(['>', '<'])} ${1 + below(3)}` : '';
  const keyItems = [...key, ...keys.map(({ name }, index) => `${name} AS ${named[index]!.name}`)];
  const items = [
    ...keyItems,
    `count(*) AS ${c}`,
    ...[...computed, ...(word ? [word] : [])].map(({ name, sql }) => `${sql} AS ${name}`),
  ];
  const positions = keyItems.map((_, index) => index + 1).join(', ');
  const byText = key.length > 0 && isText;
  return {
    text: (side) =>
      `SELECT ${items.join(', ')}${neverLate(side, named)} FROM (${onTime(side, from, closingOf(keys))}) ${q} GROUP BY ${positions}${having}`,
    numbers: [...(key.length > 0 && !isText ? [k] : []), c, ...computed.map(({ name }) => name)],
    texts: [...(byText ? [k] : []), ...(word ? [word.name] : [])],
    ...{ times: named, grows: false, parts: [from] },
  };
}

/** GROUPING SETS, ROLLUP and CUBE. */
export function manyGroupings(maker: Maker, depth: number): Generated {
  const { fresh, pick } = maker;
  const from = maker.relation(depth - 1);
  const [n, t, v, g, q] = [fresh('n'), fresh('t'), fresh('n'), fresh('n'), fresh('q')];
  const [x, word] = [pick(from.numbers), from.texts.length > 0 ? pick(from.texts) : `${pick(from.numbers)}::VARCHAR`];
  const by = pick([`ROLLUP (${x}, ${word})`, `CUBE (${x}, ${word})`, `GROUPING SETS ((${x}), (${x}, ${word}), ())`]);
  const sql = aggregate(maker, from);
  return {
    text: (side) =>
      `SELECT ${x} AS ${n}, ${word} AS ${t}, ${sql} AS ${v}, grouping(${x}, ${word})::BIGINT AS ${g} FROM (${from.text(side)}) ${q} GROUP BY ${by} HAVING count(*) > 0`,
    ...{ numbers: [n, v, g], texts: [t], times: [], grows: false, parts: [from] },
  };
}

export function distinct(maker: Maker, depth: number): Generated {
  const { fresh } = maker;
  const from = maker.relation(depth - 1);
  const keys = someTimes(maker, from);
  const times = timesOfKey(keys).map((time) => ({ ...time, name: fresh('w') }));
  const [n, t, q] = [fresh('n'), fresh('t'), fresh('q')];
  const kept = keys.map(({ name }, index) => `, ${name} AS ${times[index]!.name}`).join('');
  const items = `${number(maker, from)} AS ${n}, ${text(maker, from)} AS ${t}${kept}`;
  return {
    text: (side) =>
      `SELECT *${neverLate(side, times)} FROM (SELECT DISTINCT ${items} FROM (${onTime(side, from, closingOf(keys))}) ${q})`,
    ...{ numbers: [n], texts: [t], times, grows: from.grows, parts: [from] },
  };
}

const alike = (a: Time, b: Time): boolean => a.kind === b.kind && a.seconds === b.seconds && a.at === b.at;

export function united(maker: Maker, depth: number): Generated {
  const { fresh, pick, chance } = maker;
  const [left, right] = [maker.relation(depth - 1), maker.relation(depth - 1)];
  const [n, t, w, q] = [fresh('n'), fresh('t'), fresh('w'), fresh('q')];
  const operator = pick(['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL']);
  const pairs = left.times.flatMap((a) => right.times.map((b) => [a, b] as const));
  const pair = pairs.length > 0 && chance(0.7) ? (pairs.find(([a, b]) => alike(a, b)) ?? pick(pairs)) : null;
  const isOne = pair !== null && alike(...pair);
  const times: Time[] = pair === null ? [] : [{ ...pair[0], name: w, at: isOne ? pair[0].at : null }];
  const keepsAll = operator === 'UNION ALL';
  const closing = keepsAll ? null : closingOf(times);
  const sideOf = (from: Generated, time: Time | undefined) => {
    const items = `${number(maker, from)}::BIGINT AS ${n}, ${text(maker, from)} AS ${t}${time ? `, ${time.name} AS ${w}` : ''}`;
    return (side: Side) => {
      const came = keepsAll ? arrivedWith(side, times) : '';
      return `SELECT ${items}${came} FROM (${from.text(side)}) ${q} WHERE ${closing && time ? inTime(side, time) : 'TRUE'}`;
    };
  };
  const [first, second] = [sideOf(left, pair?.[0]), sideOf(right, pair?.[1])];
  const both = (side: Side) => `${first(side)} ${operator} ${second(side)}`;
  const union = operator === 'UNION' || keepsAll;
  return {
    text: (side) => (keepsAll ? both(side) : `SELECT *${neverLate(side, times)} FROM (${both(side)})`),
    ...{ numbers: [n], texts: [t], times },
    ...{ grows: union && left.grows && right.grows, parts: [left, right] },
  };
}

/** A query of WITH that is read twice. */
export function shared(maker: Maker, depth: number): Generated {
  const { fresh, pick, chance } = maker;
  const from = maker.relation(depth - 1);
  const [c, n, v] = [fresh('c'), fresh('n'), fresh('n')];
  const [key, value] = [pick(from.numbers), pick(from.numbers)];
  const body = chance(0.6)
    ? `SELECT l.${key} AS ${n}, r.v AS ${v} FROM ${c} l JOIN (SELECT ${key} AS k, count(*) AS v FROM ${c} GROUP BY ${key}) r ON l.${key} = r.k WHERE l.${value} IS NOT NULL`
    : `SELECT ${key} AS ${n}, ${value} AS ${v} FROM ${c} UNION ALL SELECT ${value}, max(${key}) FROM ${c} GROUP BY ${value}`;
  return {
    text: (side) => `WITH ${c} AS (${from.text(side)}) ${body}`,
    ...{ numbers: [n, v], texts: [], times: [], grows: false, parts: [from] },
  };
}
