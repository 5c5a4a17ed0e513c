// Ranks, OVER, the first rows. All orders are total, or what is asked of them is the same for rows that are equal in them.

import { closingOf, columnsOf, type Generated, type Maker, neverLate, onTime, open, type Time } from './generated.ts';

type Partition = { sql: string; names: string[]; times: Time[] };

function partitionOf({ pick, chance }: Maker, from: Generated): Partition {
  const times = from.times.length > 0 && chance(0.5) ? [pick(from.times)] : [];
  const plain = times.length === 0 || chance(0.5) ? [pick([...from.numbers, ...from.texts])] : [];
  if (chance(0.15)) return { sql: '', names: [], times: [] };
  const names = [...times.map(({ name }) => name), ...plain];
  return { sql: `PARTITION BY ${names.join(', ')} `, names, times };
}

const totalOrder = ({ chance }: Maker, from: Generated): string =>
  columnsOf(from)
    .map((name) => `${name}${chance(0.3) ? ' DESC' : ''}${chance(0.15) ? ' NULLS FIRST' : ''}`)
    .join(', ');

/** Times of the partition end as they did. */
const timesAfter = (from: Generated, { times }: Partition): Time[] =>
  from.times.map((time) => (times.includes(time) ? time : { ...time, at: null }));

export function ranked(maker: Maker, depth: number): Generated {
  const { pick, fresh, below } = maker;
  const from = maker.relation(depth - 1);
  const partition = partitionOf(maker, from);
  const order = totalOrder(maker, from);
  const times = timesAfter(from, partition);
  const rank = pick(['row_number', 'row_number', 'rank', 'dense_rank']);
  const [q, r] = [fresh('q'), fresh('n')];
  const over = `${rank}() OVER (${partition.sql}ORDER BY ${order})`;
  const shows = maker.chance(0.4);
  const bound = maker.chance(0.85) ? `<= ${1 + below(3)}` : `> ${below(2)}`;
  const items = [...columnsOf(from), ...(shows ? [`${over} AS ${r}`] : [])].join(', ');
  return {
    text: (side) =>
      `SELECT ${items}${neverLate(side, times)} FROM (${onTime(side, from, closingOf(partition.times))}) ${q} QUALIFY ${shows ? r : over} ${bound}`,
    ...{ numbers: [...from.numbers, ...(shows ? [r] : [])], texts: from.texts, times, grows: false, parts: [from] },
  };
}

export function over(maker: Maker, depth: number): Generated {
  const { pick, fresh, below, chance } = maker;
  const from = maker.relation(depth - 1);
  const partition = partitionOf(maker, from);
  const order = totalOrder(maker, from);
  const times = timesAfter(from, partition);
  const [column, other] = [pick(from.numbers), pick(from.numbers)];
  const inOrder = `${partition.sql}ORDER BY ${order}`;
  const frame = pick([
    'ROWS BETWEEN 2 PRECEDING AND CURRENT ROW',
    'ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING',
    'ROWS UNBOUNDED PRECEDING',
  ]);
  const calls = [
    `row_number() OVER (${inOrder})`,
    `lag(${column}) OVER (${inOrder})`,
    `lead(${column}, 2, 0) OVER (${inOrder})`,
    `lag(${column} IGNORE NULLS) OVER (${inOrder})`,
    `sum(${column}) OVER (${inOrder} ${frame})`,
    `count(${column}) FILTER (WHERE ${other} > 1) OVER (${inOrder} ${frame})`,
    `first_value(${column}) OVER (${inOrder} ${frame})`,
    `nth_value(${column}, 2) OVER (${inOrder} ${frame})`,
    `ntile(${1 + below(3)}) OVER (${inOrder})`,
    `count(*) OVER (${partition.sql.trim()})`,
    `max(${column}) OVER (${partition.sql}ORDER BY ${other})`,
    `sum(${column}) OVER (${partition.sql}ORDER BY ${other} RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)`,
    `count(*) OVER (${partition.sql}ORDER BY ${other} GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW)`,
    `dense_rank() OVER (${partition.sql}ORDER BY ${other} DESC)`,
  ];
  const finer = partition.names.length > 0 && chance(0.2) ? [`count(*) OVER (${partition.sql.trim()}, ${other})`] : [];
  const added = [pick(calls), ...(chance(0.25) ? [pick(calls)] : []), ...finer].map((sql) => ({
    sql,
    name: fresh('n'),
  }));
  const items = [...columnsOf(from), ...added.map(({ sql, name }) => `(${sql})::BIGINT AS ${name}`)].join(', ');
  const q = fresh('q');
  return {
    text: (side) =>
      `SELECT ${items}${neverLate(side, times)} FROM (${onTime(side, from, closingOf(partition.times))}) ${q}`,
    ...{ numbers: [...from.numbers, ...added.map(({ name }) => name)], texts: from.texts },
    ...{ times, grows: false, parts: [from] },
  };
}

/** ORDER BY with LIMIT, or DISTINCT ON. */
export function firstRows(maker: Maker, depth: number): Generated {
  const { pick, fresh, chance, below } = maker;
  const from = maker.relation(depth - 1);
  const order = totalOrder(maker, from);
  const [q, all] = [fresh('q'), columnsOf(from).join(', ')];
  if (chance(0.5)) {
    const limit = `LIMIT ${1 + below(6)}${chance(0.3) ? ` OFFSET ${below(3)}` : ''}`;
    return {
      text: (side) => `SELECT ${all} FROM (${from.text(side)}) ${q} ORDER BY ${order} ${limit}`,
      ...{ numbers: from.numbers, texts: from.texts, times: open(from.times), grows: false, parts: [from] },
    };
  }
  const isTimed = from.times.length > 0 && chance(0.5);
  const time = isTimed ? pick(from.times) : null;
  const key = time?.name ?? pick([...from.numbers, ...from.texts]);
  const times = from.times.map((one) => (one === time ? one : { ...one, at: null }));
  return {
    text: (side) =>
      `SELECT *${neverLate(side, times)} FROM (SELECT DISTINCT ON (${key}) ${all} FROM (${onTime(side, from, time?.at === null ? null : time)}) ${q} ORDER BY ${key}, ${order})`,
    ...{ numbers: from.numbers, texts: from.texts, times, grows: false, parts: [from] },
  };
}
