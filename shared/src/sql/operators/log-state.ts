import { type Column, EXISTED_COLUMN, PARTITION_COLUMN, type StateTable, WEIGHT_COLUMN } from '../../plan/index.ts';
import { identifier } from '../quote.ts';
import { list, namesOf, quoted } from './draft.ts';

const PARTITION = identifier(PARTITION_COLUMN);
const WEIGHT = identifier(WEIGHT_COLUMN);
const EXISTED = identifier(EXISTED_COLUMN);

export type Log = {
  table: string;
  pending: string;
  /** Without weight and partition. */
  columns: Column[];
  weighted: boolean;
  keyColumns: string[];
};

/** Rows as they came: adding some costs no look at those that are there. Where rows are taken back too, a weight tells. */
export function logTable(log: Log, { evict, nextExpiry }: Pick<StateTable, 'evict' | 'nextExpiry'>): StateTable {
  const { table, pending, columns, weighted, keyColumns } = log;
  const stored = [...columns, ...(weighted ? [{ name: WEIGHT_COLUMN, type: 'INTEGER' }] : [])];
  const names = list([...quoted(namesOf(stored)), PARTITION]);
  const both = `SELECT ${names} FROM ${identifier(table)} UNION ALL SELECT ${names} FROM ${identifier(pending)}`;
  const compacted = `${table}_compacted`;
  return {
    ...{ table, kind: 'log', columns: stored, keyColumns, goneSql: null, pendingRelation: pending, evict },
    adopt: [`INSERT INTO ${identifier(table)} (${names}) SELECT ${names} FROM ${identifier(pending)}`],
    compact: weighted
      ? [
          `CREATE OR REPLACE TEMP TABLE ${identifier(compacted)} AS ${cancelled(`(SELECT ${names} FROM ${identifier(table)})`, log)}`,
          `DELETE FROM ${identifier(table)}`,
          `INSERT INTO ${identifier(table)} (${names}) SELECT ${names} FROM ${identifier(compacted)}`,
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
export const pendingRows = (log: Pick<Log, 'columns' | 'weighted'>, from: string): string =>
  `SELECT ${list([...quoted([...namesOf(log.columns), ...(log.weighted ? [WEIGHT_COLUMN] : [])]), PARTITION])}, FALSE AS ${EXISTED} FROM ${from}`;

/** Each row as often as its weight says. */
export function repeated(from: string, columns: readonly string[]): string {
  const names = list(columns);
  return `SELECT ${names} FROM (SELECT ${names}, unnest(range(CAST(${WEIGHT} AS BIGINT))) FROM ${from} WHERE ${WEIGHT} > 0)`;
}

/** Rows of `from` whose keys are among those of the table `touched`. NULL is a key like any other. */
export function touchedOnly(from: string, touched: string, keys: readonly string[]): string {
  if (keys.length === 0) return `${from} WHERE EXISTS (SELECT 1 FROM ${identifier(touched)})`;
  const same = keys.map((name) => `s.${identifier(name)} IS NOT DISTINCT FROM t.${identifier(name)}`);
  return `${from} AS s SEMI JOIN ${identifier(touched)} AS t ON ${same.join(' AND ')}`;
}
