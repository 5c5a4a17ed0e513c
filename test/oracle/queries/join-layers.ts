// Joins of changing relations, bounded in event time or not, and subqueries, which are joins.

import { base } from './base-layers.ts';
import { condition } from './expressions.ts';
import { columnsOf, type Generated, type Maker, neverLate, onTime, open, renamed, type Time } from './generated.ts';

type Bounds = {
  sql: string;
  left: Time;
  right: Time;
  /** In seconds, of left less right; null: no limit. */
  low: number | null;
  high: number | null;
  /** Other pairs of times that must be equal. */
  alike: Time[];
};

/** A condition that says how far apart the times of both sides may lie. */
function boundsOf(
  { pick, chance, below }: Maker,
  left: Generated,
  right: Generated,
  l: string,
  r: string,
): Bounds | null {
  const known = ({ times }: Generated) => times.filter(({ at }) => at !== null);
  if (known(left).length === 0 || known(right).length === 0) return null;
  const [a, b] = [pick(known(left)), pick(known(right))];
  const [x, y] = [`${l}.${a.name}`, `${r}.${b.name}`];
  if (chance(0.4)) {
    const mate = (from: Generated, one: Time) =>
      known(from).find((time) => time !== one && time.window === one.window && one.kind !== 'event');
    const [c, d] = [mate(left, a), mate(right, b)];
    const same =
      c && d && c.kind === d.kind && c.seconds === a.seconds && d.seconds === b.seconds && a.seconds === b.seconds;
    if (!same) return { sql: `${x} = ${y}`, left: a, right: b, low: 0, high: 0, alike: [] };
    return {
      sql: `${x} = ${y} AND ${l}.${c.name} = ${r}.${d.name}`,
      left: a,
      right: b,
      low: 0,
      high: 0,
      alike: [c, d],
    };
  }
  const [low, high] = [pick([-1, 0, 1, 3, 4, 15]), pick([0, 1, 2, 5, 15])];
  switch (below(4)) {
    case 0:
      return { sql: `${x} <= ${y} + INTERVAL '${high} seconds'`, left: a, right: b, low: null, high, alike: [] };
    case 1:
      return {
        sql: `${x} - INTERVAL '${high} seconds' < ${y} AND ${y} - ${x} IS NOT NULL`,
        left: a,
        right: b,
        low: null,
        high,
        alike: [],
      };
    case 2:
      return { sql: `${x} > ${y} - INTERVAL '${low} seconds'`, left: a, right: b, low: -low, high: null, alike: [] };
    default:
      return {
        sql: `${x} BETWEEN ${y} - INTERVAL '${low} seconds' AND ${y} + INTERVAL '${high} seconds'`,
        ...{ left: a, right: b, low: -low, high, alike: [] },
      };
  }
}

/** When rows of each side, as part of the join, are final. */
function closedBy(type: string, bounds: Bounds | null, times: Time[], side: 'left' | 'right'): Time[] {
  const isThere =
    type === 'JOIN' || type === `${side.toUpperCase()} JOIN` || (side === 'left' && /SEMI|ANTI/.test(type));
  if (bounds === null || !isThere) return open(times);
  const { left, right, low, high } = bounds;
  const kept =
    side === 'left'
      ? low === null
        ? null
        : Math.max(left.at!, right.at! - low)
      : high === null
        ? null
        : Math.max(right.at!, left.at! + high);
  return times.map((time) => {
    if (time === bounds[side]) return { ...time, at: kept };
    return { ...time, at: bounds.alike.includes(time) && kept !== null ? time.at : null };
  });
}

export function joined(maker: Maker, depth: number): Generated {
  const { pick, chance, fresh } = maker;
  const [left, right] = [renamed(maker, maker.relation(depth - 1)), renamed(maker, maker.relation(depth - 1))];
  const [l, r] = [fresh('l'), fresh('r')];
  const type = pick(['JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN']);
  const bounds = chance(0.8) ? boundsOf(maker, left, right, l, r) : null;
  const equals = chance(0.85) ? '=' : 'IS NOT DISTINCT FROM';
  const byText = left.texts.length > 0 && right.texts.length > 0 && chance(0.4);
  const key = byText
    ? `${l}.${pick(left.texts)} ${equals} ${r}.${pick(right.texts)}`
    : `${l}.${pick(left.numbers)} ${equals} ${r}.${pick(right.numbers)}`;
  const on = [
    ...(bounds ? [bounds.sql] : []),
    ...(bounds?.low === 0 && chance(0.2) ? [] : [key]),
    ...(chance(0.3) ? [condition(maker, { ...(chance(0.5) ? left : right), times: [] })] : []),
    ...(chance(0.2) ? [`${l}.${pick(left.numbers)} < ${r}.${pick(right.numbers)}`] : []),
  ];
  const ofLeft = /SEMI|ANTI/.test(type);
  const leftTimes = closedBy(type, bounds, left.times, 'left');
  const times = ofLeft
    ? leftTimes
    : [...leftTimes, ...closedBy(type, bounds, right.times, 'right')].filter(({ at }) => at !== null || chance(0.5));
  const shown = ofLeft
    ? { numbers: left.numbers, texts: left.texts, times }
    : {
        numbers: [...left.numbers.slice(0, 2), ...right.numbers.slice(0, 2)],
        texts: [...left.texts, ...right.texts].slice(0, 2),
        times,
      };
  const where = chance(0.3) ? ` WHERE ${condition(maker, shown)}` : '';
  const grows = (type === 'JOIN' || type === 'SEMI JOIN') && left.grows && right.grows;
  return {
    text: (side) => {
      const [a, b] = [onTime(side, left, bounds?.left ?? null), onTime(side, right, bounds?.right ?? null)];
      return `SELECT ${columnsOf(shown).join(', ')}${neverLate(side, times)} FROM (${a}) ${l} ${type} (${b}) ${r} ON ${on.join(' AND ')}${where}`;
    },
    ...{ ...shown, grows, parts: [...left.parts, ...right.parts] },
  };
}

/** The closest row: of one key no two have the same number there, so there is but one. */
export function asof(maker: Maker, depth: number): Generated {
  const { pick, chance, fresh } = maker;
  const [left, right] = [renamed(maker, maker.relation(depth - 1)), renamed(maker, base(maker, chance(0.5)))];
  const [l, r] = [fresh('l'), fresh('r')];
  const byText = left.texts.length > 0 && chance(0.5);
  const key = byText
    ? `${l}.${pick(left.texts)} = ${r}.${right.texts[0]}`
    : `${l}.${pick(left.numbers)} = ${r}.${right.numbers[1]}`;
  const [mine, theirs] = [`${l}.${pick(left.numbers)}::BIGINT`, `${r}.${right.numbers[0]}`];
  const order = chance(0.7)
    ? `${mine} ${pick(['>=', '>', '<=', '<'])} ${theirs}`
    : `${theirs} ${pick(['>=', '<'])} ${mine}`;
  const join = pick(['ASOF JOIN', 'ASOF LEFT JOIN']);
  const shown = {
    ...{ numbers: [...left.numbers.slice(0, 2), ...right.numbers], texts: [...left.texts.slice(0, 1), ...right.texts] },
    times: open([...left.times, ...right.times]),
  };
  return {
    text: (side) =>
      `SELECT ${columnsOf(shown).join(', ')} FROM (${left.text(side)}) ${l} ${join} (${right.text(side)}) ${r} ON ${key} AND ${order}`,
    ...{ ...shown, grows: false, parts: [...left.parts, ...right.parts] },
  };
}

export function tested(maker: Maker, depth: number): Generated {
  const { pick, fresh, chance } = maker;
  const [from, other] = [maker.relation(depth - 1), renamed(maker, maker.relation(depth - 1))];
  const [q, o, v] = [fresh('q'), fresh('o'), fresh('n')];
  const shown = columnsOf(from).map((name) => `${q}.${name}`);
  const outer = `${q}.${pick(from.numbers)}`;
  const inner = `${o}.${pick(other.numbers)}`;
  const rows = (sql: string) => `(${sql}) ${o}`;
  const same = `${o}.${pick(other.numbers)} = ${q}.${pick(from.numbers)}`;
  const also = condition(maker, { ...other, times: [] }, `${o}.`);
  const test = pick<(sql: string) => string>([
    (sql) => `${outer} IN (SELECT ${inner} FROM ${rows(sql)} WHERE ${also})`,
    (sql) => `EXISTS (SELECT 1 FROM ${rows(sql)} WHERE ${inner} = ${outer})`,
    (sql) => `NOT EXISTS (SELECT 1 FROM ${rows(sql)} WHERE ${inner} = ${outer} AND ${also})`,
    (sql) => `EXISTS (SELECT 1 FROM ${rows(sql)} WHERE ${same} AND ${inner} < ${outer})`,
    (sql) => `${outer} > (SELECT min(${inner}) FROM ${rows(sql)})`,
    (sql) => `${outer} <= (SELECT max(${inner}) FROM ${rows(sql)} WHERE ${same})`,
  ]);
  const value = chance(0.3)
    ? pick<(sql: string) => string>([
        (sql) => `(SELECT count(*) FROM ${rows(sql)} WHERE ${same})`,
        (sql) => `(SELECT sum(${inner})::BIGINT FROM ${rows(sql)} WHERE ${same} AND ${also})`,
      ])
    : null;
  return {
    text: (side) => {
      const sql = other.text(side);
      const items = [...shown, ...(value ? [`${value(sql)} AS ${v}`] : [])];
      return `SELECT ${items.join(', ')} FROM (${from.text(side)}) ${q}${value ? '' : ` WHERE ${test(sql)}`}`;
    },
    ...{ numbers: [...from.numbers, ...(value ? [v] : [])], texts: from.texts, times: open(from.times) },
    ...{ grows: false, parts: [from, ...other.parts] },
  };
}
