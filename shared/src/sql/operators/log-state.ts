import { type Column, keyHashOf, type StateTable, WEIGHT_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import { list, namesOf, quoted } from './draft.ts';
import { EXISTED, KEY_HASH, PARTITION, WEIGHT } from './own-columns.ts';
import { ARRIVAL_TYPED, ARRIVES_NOW } from './ttl-sql.ts';

export type Log = {
  table: string;
  pending: string;
  /** Without weight and partition. */
  columns: Column[];
  weighted: boolean;
  keyColumns: string[];
  /** Rows are stored with the time at which they came. */
  timed?: boolean;
};

/** Rows as they came: adding some costs no look at those that are there. Where rows are taken back too, a weight tells. */
export function logTable(
  log: Log,
  { evict, nextExpiry, ttl }: Pick<StateTable, 'evict' | 'nextExpiry' | 'ttl'>,
): StateTable {
  const { table, pending, columns, weighted, keyColumns, timed = false } = log;
  const stored = [
    ...columns,
    ...(timed ? [ARRIVAL_TYPED] : []),
    ...(weighted ? [{ name: WEIGHT_COLUMN, type: 'INTEGER' }] : []),
  ];
  const names = list([...quoted(namesOf(stored)), PARTITION]);
  const both = `SELECT ${names} FROM ${identifier(table)} UNION ALL SELECT ${names} FROM ${identifier(pending)}`;
  const compacted = `${table}_compacted`;
  const isHashed = keyColumns.length > 0;
  const hashed = isHashed ? `, ${KEY_HASH}` : '';
  return {
    ...{ table, kind: 'log', columns: stored, keyColumns, goneSql: null, pendingRelation: pending, evict },
    ...(isHashed ? { hashed: true } : {}),
    ...(ttl ? { ttl } : {}),
    adopt: [
      `INSERT INTO ${identifier(table)} (${names}${hashed}) SELECT ${names}${hashed} FROM ${identifier(pending)}`,
    ],
    compact: weighted
      ? [
          `CREATE OR REPLACE TEMP TABLE ${identifier(compacted)} AS ${cancelled(`(SELECT ${names} FROM ${identifier(table)})`, log)}`,
          `DELETE FROM ${identifier(table)}`,
          `INSERT INTO ${identifier(table)} (${names}${hashed}) SELECT ${list([names, ...hashOf(keyColumns)])} FROM ${identifier(compacted)}`,
          `DROP TABLE ${identifier(compacted)}`,
        ]
      : null,
    nextExpiry,
    snapshot: weighted ? cancelled(`(${both})`, log) : both,
  };
}

/** The rows of a log, each with what its weights come to. */
export function cancelled(from: string, { columns, weighted }: Pick<Log, 'columns' | 'weighted'>): string {
  const names = [...quoted(namesOf(columns)), PARTITION];
  if (!weighted) return `SELECT ${list(names)} FROM ${from}`;
  const sum = `CAST(sum(${WEIGHT}) AS INTEGER)`;
  const ordered = [...quoted(namesOf(columns)), `${sum} AS ${WEIGHT}`, PARTITION];
  return `SELECT ${list(ordered)} FROM ${from} GROUP BY ${list(names)} HAVING sum(${WEIGHT}) <> 0`;
}

/** What pending rows are made of, from a FROM clause. */
export const pendingRows = (log: Pick<Log, 'columns' | 'weighted' | 'keyColumns' | 'timed'>, from: string): string =>
  `SELECT ${list([...quoted([...namesOf(log.columns), ...(log.weighted ? [WEIGHT_COLUMN] : [])]), ...(log.timed ? [ARRIVES_NOW] : []), PARTITION, ...hashOf(log.keyColumns)])}, FALSE AS ${EXISTED} FROM ${from}`;

/** The column by which rows are looked up, made from the key; none where there is no key. */
export const hashOf = (keys: readonly string[]): string[] =>
  keys.length > 0 ? [`${keyHashOf(quoted(keys))} AS ${KEY_HASH}`] : [];

/** Condition: `s`, a row of state, and `t` have the same key, which may have other names there. */
export function sameKey(keys: readonly string[], namesInT: readonly string[] = keys): string {
  const same = keys.map(
    (name, index) => `s.${identifier(name)} IS NOT DISTINCT FROM t.${identifier(namesInT[index]!)}`,
  );
  return [`s.${KEY_HASH} = t.${KEY_HASH}`, ...same].join(' AND ');
}

/** The keys of `from`, with their hash, under names that two logs can share. */
export const sharedKeys = (keys: readonly string[], from: string): string =>
  `SELECT ${list([...keys.map((name, index) => `${identifier(name)} AS ${sharedName(index)}`), KEY_HASH])} FROM ${identifier(from)}`;

const sharedName = (index: number): string => `k${index}`;

/** Behind FROM: rows of the state table `from`, as `s`, whose keys are among `shared`, which has them as `sharedKeys` gives them. */
export const amongShared = (from: string, keys: readonly string[], shared: string): string =>
  `${from} AS s SEMI JOIN ${identifier(shared)} AS t ON ${sameKey(
    keys,
    keys.map((_, index) => sharedName(index)),
  )}`;

/** Each row as often as its weight says. */
export function repeated(from: string, columns: readonly string[]): string {
  const names = list(columns);
  return `SELECT ${names} FROM (SELECT ${names}, unnest(range(CAST(${WEIGHT} AS BIGINT))) FROM ${from} WHERE ${WEIGHT} > 0)`;
}

/** Rows of the state table `from` whose keys are among those of the table `touched`, which has their hash. NULL is a key like any other. */
export function touchedOnly(from: string, touched: string, keys: readonly string[]): string {
  if (keys.length === 0) return `${from} WHERE EXISTS (SELECT 1 FROM ${identifier(touched)})`;
  return `${from} AS s SEMI JOIN ${identifier(touched)} AS t ON ${sameKey(keys)}`;
}
