import { PARTITION_COLUMN, type StateTable, toParquet } from '@millrace/shared/plan';
import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName, quoteText } from '../compute/sql-text.ts';

/**
 * Writes what an attempt leaves pending (or, for a snapshot, the whole state as it will be) as Parquet, sorted by
 * partition so that a restore reads few row groups. The file of a delta is there once the session's next statement has run.
 * Gives the number of rows; a delta has `pendingRows`.
 */
export async function writeState(
  session: SqlSession,
  state: StateTable,
  { kind, path, pendingRows }: { kind: 'delta' | 'snapshot'; path: string; pendingRows: number },
): Promise<number> {
  const columns = [...state.columns.map(({ name, type }) => toParquet(quoteName(name), type)), PARTITION_COLUMN];
  const copy = (rows: string) =>
    `COPY (SELECT ${columns.join(', ')} FROM ${rows} ORDER BY ${PARTITION_COLUMN}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`;
  if (kind === 'snapshot') return await session.run(copy(`(${state.snapshot})`));
  await session.later(copy(quoteName(state.pendingRelation)));
  return pendingRows;
}
