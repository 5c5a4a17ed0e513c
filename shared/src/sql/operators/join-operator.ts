// Join: Δ(A ⋈ B) = ΔA ⋈ B + A ⋈ ΔB + ΔA ⋈ ΔB over what both sides were before. Rows of A without a match (outer, anti) or with one
// (semi): over the keys that ΔA or ΔB touches, what they are now less what they were.
//
// With stateTtl rows of a side that only grows expire. Where the output has weights ΔA takes them back. Where it has none matches are final:
// B is what is left of it, and rows of a semi join that have found their match are not kept, since it may be forgotten before them.

import type { Column, Operator } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import type { Closing, JoinKey, JoinType } from '../relations/relation.ts';
import { createTable, list, namesOf, quoted } from './draft.ts';
import { EVERY_MOMENT_MS, lateAmong, notLate, wasClosed } from './lateness.ts';
import {
  amongShared,
  cancelled,
  type Log,
  logTable,
  pendingRows,
  sameKey,
  sharedKeys,
  touchedOnly,
} from './log-state.ts';
import { KEY_HASH, PARTITION, WEIGHT } from './own-columns.ts';
import { endsByTtl, IS_FORGOTTEN, keptRows } from './ttl-sql.ts';

/** `closing`: by its column rows come too late, and those that are kept end (null: never), so many µs after their time. */
export type JoinSide = {
  from: string;
  columns: Column[];
  weighted: boolean;
  closing: { column: string; lateMicros: number; keptMicros: number | null } | null;
  /** By stateTtl. */
  expires: boolean;
};

export type JoinShape = {
  id: string;
  type: JoinType;
  left: JoinSide;
  right: JoinSide;
  keys: JoinKey[];
  /** Over the columns of both sides. */
  conditions: string[];
  columns: Column[];
  /** The output needs weights. */
  weighted: boolean;
};

/** `fresh`: its change set, with weights if `counted`; `before`: what is kept of the keys that count, likewise. */
type Side = JoinSide & {
  name: 'left' | 'right';
  log: Log;
  keys: string[];
  before: string;
  fresh: string;
  counted: boolean;
};

/** One operator for the state of each side; the output is the relation `output`. */
export function joinOperators(shape: JoinShape): { operators: Operator[]; output: string } {
  const { id, keys } = shape;
  const [left, right] = (['left', 'right'] as const).map((name): Side => {
    const side = shape[name];
    const names = keys.map((key) => key[name]);
    const { columns, weighted, expires } = side;
    const [table, pending] = [`${id}_${name}`, `${id}_${name}_pending`];
    const log = { table, pending, columns, weighted, keyColumns: names, timed: expires };
    const counted = weighted || (expires && shape.weighted);
    const isOwn = counted !== weighted || (name === 'left' && keepsUnmatched(shape));
    const fresh = isOwn ? `${id}_${name}_news` : pending;
    return { ...side, name, log, keys: names, before: `${id}_${name}_before`, fresh, counted };
  }) as [Side, Side];
  const touched = `${id}_touched`;
  const matchesOnly = shape.type === 'inner';
  const statements = [
    ...[left, right].flatMap((side) => newsOf(side, shape)),
    ...(matchesOnly ? [] : [createTable(touched, touchedKeys(left, right))]),
    // Matches need of each side only what the other's news meet.
    ...[left, right].map((side) => {
      const other = side === left ? right : left;
      const meets = matchesOnly
        ? `(SELECT DISTINCT ${renamedKeys(other, side)} FROM ${identifier(other.fresh)})`
        : identifier(touched);
      return createTable(side.before, keptBefore(side, `(${storedRows(side, matchesOnly ? meets : null, touched)})`));
    }),
    ...(keepsUnmatched(shape) ? [createTable(left.log.pending, unmatched(shape, left, right))] : []),
  ];
  const output = `${id}_output`;
  statements.push(createTable(output, outputRows(shape, left, right)));
  const describe = `${shape.type} join on ${keys.map((key) => `${key.left} = ${key.right}`).join(', ') || 'every pair'}`;
  const operators = [left, right].map(({ name, log, closing, from, columns, expires }, index): Operator => {
    const late = closing ? lateAmong(`${id}_${name}`, from, lateness(closing), columns) : null;
    const kept = expires ? null : (closing?.keptMicros ?? null);
    const ended = kept === null ? null : wasClosed({ column: closing!.column, toEndMicros: kept });
    const evict =
      ended === null ? null : { sql: `DELETE FROM ${identifier(log.table)} WHERE ${ended}`, everyMs: EVERY_MOMENT_MS };
    return {
      ...{
        id: `${id}_${name}`,
        kind: 'join',
        description: index === 0 ? `Keep the left side of: ${describe}` : describe,
      },
      // All tables that the statements read belong to the stage: they are there before its first operator runs.
      statements: index === 0 ? [] : statements,
      ...{
        counters: late?.counters ?? [],
        lateRows: late?.lateRows ?? null,
        state: logTable(log, {
          evict,
          nextExpiry: null,
          ...(expires ? { ttl: endsByTtl(log.table, shape.weighted) } : {}),
        }),
      },
    };
  });
  return { operators, output };
}

const lateness = ({ column, lateMicros }: NonNullable<JoinSide['closing']>): Closing => ({
  column,
  toEndMicros: lateMicros,
});

/** Semi join whose output is final. */
const keepsUnmatched = ({ type, weighted, left }: JoinShape): boolean => type === 'semi' && !weighted && left.expires;

/** What is new of a side: what is stored of it and, where that is not the same, what the join is made of. */
function newsOf(side: Side, shape: JoinShape): string[] {
  const { log, from, closing, fresh } = side;
  const arrived = `${pendingRows(log, from)}${closing ? ` WHERE ${notLate(lateness(closing))}` : ''}`;
  if (fresh === log.pending) return [createTable(log.pending, arrived)];
  if (keepsUnmatched(shape)) return [createTable(fresh, arrived)];
  const names = list([...quoted(namesOf(log.columns)), PARTITION, ...(log.keyColumns.length > 0 ? [KEY_HASH] : [])]);
  const forgotten = `SELECT ${names}, -1 AS ${WEIGHT} FROM ${identifier(log.table)} WHERE ${IS_FORGOTTEN}`;
  const changes = `SELECT ${names}, 1 AS ${WEIGHT} FROM ${identifier(log.pending)} UNION ALL ${forgotten}`;
  return [createTable(log.pending, arrived), createTable(fresh, changes)];
}

/** Rows that have no match yet. */
function unmatched(shape: JoinShape, left: Side, right: Side): string {
  const names = list([...quoted(namesOf(right.columns)), PARTITION]);
  const matches = `(SELECT ${names} FROM ${identifier(right.before)} UNION ALL SELECT ${names} FROM ${identifier(right.fresh)})`;
  return `SELECT l.* FROM ${identifier(left.fresh)} AS l ANTI JOIN ${matches} AS r ON ${condition(shape)}`;
}

/** Of stored rows: as they were before, with weights where the side counts them. */
function keptBefore({ log, counted, weighted }: Side, stored: string): string {
  if (counted === weighted) return cancelled(stored, log);
  return `SELECT ${list([...quoted(namesOf(log.columns)), `1 AS ${WEIGHT}`, PARTITION])} FROM ${stored}`;
}

function touchedKeys(left: Side, right: Side): string {
  if (left.keys.length === 0) {
    return `SELECT 1 AS one FROM ${identifier(left.fresh)} UNION SELECT 1 FROM ${identifier(right.fresh)}`;
  }
  return `${sharedKeys(left.keys, left.fresh)} UNION ${sharedKeys(right.keys, right.fresh)}`;
}

const renamedKeys = (from: Side, to: Side): string =>
  from.keys.length === 0
    ? '1 AS one'
    : list([...from.keys.map((key, index) => `${identifier(key)} AS ${identifier(to.keys[index]!)}`), KEY_HASH]);

/** Rows of a side, as they were, whose keys are touched: by the other side's news (`meets`), or by either's. */
function storedRows(side: Side, meets: string | null, touched: string): string {
  const names = list([...quoted(namesOf(side.columns)), ...(side.weighted ? [WEIGHT] : []), PARTITION]);
  // Of a side that takes back what it forgets it is still there; of the others matches are over.
  const stored = side.expires && !side.counted ? keptRows(side.log.table) : identifier(side.log.table);
  if (side.keys.length === 0) {
    return meets === null
      ? `SELECT ${names} FROM ${touchedOnly(stored, touched, [])}`
      : `SELECT ${names} FROM ${stored} WHERE EXISTS (FROM ${meets})`;
  }
  const among =
    meets === null
      ? amongShared(stored, side.keys, touched)
      : `${stored} AS s SEMI JOIN ${meets} AS t ON ${sameKey(side.keys)}`;
  return `SELECT ${names} FROM ${among}`;
}

const weightOf = ({ counted }: Side, alias: string): string => (counted ? `${alias}.${WEIGHT}` : '1');

function outputRows(shape: JoinShape, left: Side, right: Side): string {
  const { type, columns } = shape;
  const on = condition(shape);
  const names = quoted(namesOf(columns));
  const [a, b] = [partsOf(left), partsOf(right)];
  const weight = (sql: string) => (shape.weighted ? [`CAST(${sql} AS INTEGER) AS ${WEIGHT}`] : []);
  const matched = (l: string, r: string) =>
    `SELECT ${list([...qualified(shape, left), `l.${PARTITION}`, ...weight(`${weightOf(left, 'l')} * ${weightOf(right, 'r')}`)])} FROM ${l} AS l JOIN ${r} AS r ON ${on}`;
  const matches = [matched(a.fresh, b.before), matched(a.before, b.fresh), matched(a.fresh, b.fresh)];
  if (type === 'inner' && !shape.weighted) return matches.join('\nUNION ALL ');
  const alone = (side: Side, join: 'SEMI' | 'ANTI') => changesOf(shape, side, side === left ? right : left, join, on);
  const changes = {
    inner: matches,
    semi: [alone(left, 'SEMI')],
    anti: [alone(left, 'ANTI')],
    left: [...matches, alone(left, 'ANTI')],
    right: [...matches, alone(right, 'ANTI')],
    full: [...matches, alone(left, 'ANTI'), alone(right, 'ANTI')],
  }[type];
  const all = [...names, PARTITION];
  if (!shape.weighted) return changes.join('\nUNION ALL ');
  return `SELECT ${list(all)}, CAST(sum(${WEIGHT}) AS INTEGER) AS ${WEIGHT} FROM (\n${changes.join('\nUNION ALL ')}\n) GROUP BY ${list(all)} HAVING sum(${WEIGHT}) <> 0`;
}

const partsOf = ({ before, fresh }: Side) => ({ before: identifier(before), fresh: identifier(fresh) });

/** Output columns, each from its side. */
function qualified({ columns }: JoinShape, left: Side): string[] {
  return columns.map(({ name }) => {
    const ofLeft = left.columns.some((column) => column.name === name);
    return `${ofLeft ? 'l' : 'r'}.${identifier(name)}`;
  });
}

function condition({ keys, conditions }: JoinShape): string {
  const same = keys.map(
    ({ left, right, nullsMatch }) =>
      `l.${identifier(left)} ${nullsMatch ? 'IS NOT DISTINCT FROM' : '='} r.${identifier(right)}`,
  );
  const parts = [...same, ...conditions.map((one) => `(${one})`)];
  return parts.length > 0 ? parts.join(' AND ') : 'TRUE';
}

/** The rows of a side that have a match, or have none: now, less before. */
function changesOf(shape: JoinShape, side: Side, other: Side, join: 'SEMI' | 'ANTI', on: string): string {
  const [mine, theirs] = side.name === 'left' ? ['l', 'r'] : ['r', 'l'];
  const own = new Set(namesOf(side.columns));
  const columns = shape.columns.map(({ name, type }) =>
    own.has(name) ? `${mine}.${identifier(name)}` : `CAST(NULL AS ${type}) AS ${identifier(name)}`,
  );
  const rowsOf = (one: Side, now: boolean): string => {
    const names = list([...quoted(namesOf(one.columns)), PARTITION]);
    const weight = one.counted ? WEIGHT : `1 AS ${WEIGHT}`;
    const before = `SELECT ${names}, ${weight} FROM ${identifier(one.before)}`;
    if (!now) return `(${before})`;
    const both = `${before} UNION ALL SELECT ${names}, ${weight} FROM ${identifier(one.fresh)}`;
    if (!one.counted) return `(${both})`;
    return `(SELECT ${names}, sum(${WEIGHT}) AS ${WEIGHT} FROM (${both}) GROUP BY ${names} HAVING sum(${WEIGHT}) <> 0)`;
  };
  const state = (now: boolean, sign: string) =>
    `SELECT ${list([...columns, `${mine}.${PARTITION} AS ${PARTITION}`, `CAST(${sign}${mine}.${WEIGHT} AS INTEGER) AS ${WEIGHT}`])} ` +
    `FROM ${rowsOf(side, now)} AS ${mine} ${join} JOIN ${rowsOf(other, now)} AS ${theirs} ON ${on}`;
  const changes = `${state(true, '')}\nUNION ALL ${state(false, '-')}`;
  if (shape.weighted) return changes;
  const names = list([...quoted(namesOf(shape.columns)), PARTITION]);
  return repeatedOnce(changes, names);
}

/** Of rows that are never taken back only new ones are left. */
const repeatedOnce = (changes: string, names: string): string =>
  `SELECT ${names} FROM (SELECT ${names}, unnest(range(CAST(${WEIGHT} AS BIGINT))) FROM (SELECT ${names}, sum(${WEIGHT}) AS ${WEIGHT} FROM (${changes}) GROUP BY ${names} HAVING sum(${WEIGHT}) > 0))`;
