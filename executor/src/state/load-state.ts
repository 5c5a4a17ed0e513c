import { fromParquet, PARTITION_COLUMN, type StateTable } from '@millrace/shared/plan';
import { quoteList, quoteName } from '../compute/sql-text.ts';
import type { StateFile } from '../lanes/messages.ts';
import { firstFileOfPartition } from './restore-plan.ts';

/** Statement that makes an operator's state table, empty. */
export function emptyStateTable(state: StateTable): string {
  const columns = [...state.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];
  const declared = columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
  return `CREATE OR REPLACE TEMP TABLE ${quoteName(state.table)} (${declared})`;
}

/**
 * Statements that make an operator's state table from its blobs, oldest first: rows are absolute, so of each key
 * (NULL is a key like any other) the one of the newest file counts.
 */
export function loadStateTable(
  state: StateTable,
  files: readonly StateFile[],
  wanted: readonly number[],
  statePartitions: number,
): string {
  const create = emptyStateTable(state);
  if (files.length === 0) return create;
  const paths = quoteList(files.map(({ path }) => path));
  const columns = [...state.columns.map(({ name }) => quoteName(name)), PARTITION_COLUMN].join(', ');
  const first = quoteList(firstFileOfPartition(files, wanted, statePartitions));
  const keys = [...state.keyColumns.map(quoteName), PARTITION_COLUMN].join(', ');
  const read = [...state.columns.map(({ name, type }) => fromParquet(quoteName(name), type)), PARTITION_COLUMN];
  const newest = files.length > 1 ? ` QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY __file DESC) = 1` : '';
  return (
    `${create}; INSERT INTO ${quoteName(state.table)} SELECT ${columns} FROM ` +
    `(SELECT ${read.join(', ')}, list_position(${paths}, filename) AS __file FROM read_parquet(${paths}, filename = true)) ` +
    `WHERE __file >= list_extract(${first}, ${PARTITION_COLUMN} + 1)${newest}`
  );
}
