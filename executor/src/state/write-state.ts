import { PARTITION_COLUMN, type StateTable, toParquet } from '@millrace/shared/plan';
import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName, quoteText } from '../compute/sql-text.ts';

/** Rows of a Parquet row group, as DuckDB writes it. */
const ROW_GROUP_ROWS = 122_880;

/**
 * Writes what an attempt leaves pending (or, for a snapshot, the whole state as it will be) as Parquet, sorted by
 * partition where there is more than one row group, so that a restore reads few of them. The file of a delta is there once the session's next statement has run.
 * Gives the number of rows; a delta has `pendingRows`.
 */
export async function writeState(
  session: SqlSession,
  state: StateTable,
  { kind, path, pendingRows }: { kind: 'delta' | 'snapshot'; path: string; pendingRows: number },
): Promise<number> {
  const columns = [...state.columns.map(({ name, type }) => toParquet(quoteName(name), type)), PARTITION_COLUMN];
  const copy = (rows: string, order: string) =>
    `COPY (SELECT ${columns.join(', ')} FROM ${rows}${order}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`;
  const byPartition = ` ORDER BY ${PARTITION_COLUMN}`;
  if (kind === 'snapshot') return await session.run(copy(`(${state.snapshot})`, byPartition));
  await session.later(copy(quoteName(state.pendingRelation), pendingRows > ROW_GROUP_ROWS ? byPartition : ''));
  return pendingRows;
}
