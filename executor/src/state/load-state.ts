import {
  ARRIVAL_COLUMN,
  fromParquet,
  KEY_HASH_COLUMN,
  keyHashOf,
  PARTITION_COLUMN,
  type StateTable,
} from '@millrace/shared/plan';
import { quoteList, quoteName, timestampOf } from '../compute/sql-text.ts';
import type { StateFile } from '../lanes/messages.ts';
import { firstFileOfPartition } from './restore-plan.ts';

/** Statement that makes an operator's state table, empty. */
export function emptyStateTable(state: StateTable): string {
  const hash = state.hashed ? [{ name: KEY_HASH_COLUMN, type: 'UINTEGER' }] : [];
  const columns = [...state.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }, ...hash];
  const declared = columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
  return `CREATE OR REPLACE TEMP TABLE ${quoteName(state.table)} (${declared})`;
}

/**
 * Statements that make an operator's state table from its blobs, oldest first. Rows of keyed state are absolute: of each key (NULL is
 * a key like any other) the one of the newest file counts, and where that says the key is gone there is none. Of a log all
 * rows count. Rows of before the job had a stateTtl have no time at which they came: `ttlSinceMs` stands for it. The last statement changes as
 * many rows as the table then has.
 */
export function loadStateTable(
  state: StateTable,
  files: readonly StateFile[],
  wanted: readonly number[],
  { statePartitions, ttlSinceMs }: { statePartitions: number; ttlSinceMs: number | null },
): string {
  const create = emptyStateTable(state);
  if (files.length === 0) return create;
  const paths = quoteList(files.map(({ path }) => path));
  const columns = [...state.columns.map(({ name }) => quoteName(name)), PARTITION_COLUMN].join(', ');
  const first = quoteList(firstFileOfPartition(files, wanted, statePartitions));
  const hash = state.hashed ? `, ${keyHashOf(state.keyColumns.map(quoteName))}` : '';
  const read = state.columns.map(({ name, type }) =>
    state.ttl && name === ARRIVAL_COLUMN
      ? `coalesce(${ARRIVAL_COLUMN}, ${timestampOf(ttlSinceMs)}) AS ${ARRIVAL_COLUMN}`
      : fromParquet(quoteName(name), type),
  );
  const stored = state.ttl
    ? `(SELECT * FROM read_parquet(${paths}, filename = true, union_by_name = true) UNION ALL BY NAME SELECT CAST(NULL AS TIMESTAMP) AS ${ARRIVAL_COLUMN} WHERE FALSE)`
    : `read_parquet(${paths}, filename = true)`;
  return (
    `${create}; INSERT INTO ${quoteName(state.table)} SELECT ${columns}${hash} FROM ` +
    `(SELECT ${[...read, PARTITION_COLUMN].join(', ')}, list_position(${paths}, filename) AS __file FROM ${stored}) ` +
    `WHERE __file >= list_extract(${first}, ${PARTITION_COLUMN} + 1)${onlyNewest(state, files.length)}`
  );
}

/** What of keyed state counts, of the rows in so many files. QUALIFY comes after WHERE: a key that is gone hides its older rows. */
function onlyNewest({ kind, keyColumns, goneSql }: StateTable, files: number): string {
  if (kind === 'log') return '';
  const isThere = goneSql === null ? '' : ` AND (${goneSql}) IS NOT TRUE`;
  if (files === 1) return isThere;
  const keys = [...keyColumns.map(quoteName), PARTITION_COLUMN].join(', ');
  return ` QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY __file DESC) = 1${isThere}`;
}
