import { rmSync, statSync } from 'node:fs';
import { PARTITION_COLUMN, type StateTable } from '@millrace/shared/plan';
import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName, quoteText } from '../compute/sql-text.ts';

export type WrittenState = { rows: number; bytes: number };

/**
 * Writes what an attempt leaves pending (or, for a snapshot, the whole state as it will be) as Parquet, sorted by
 * partition so that a restore reads few row groups. Null where a delta has no rows: then there is no file.
 */
export async function writeState(
  session: SqlSession,
  state: StateTable,
  kind: 'delta' | 'snapshot',
  path: string,
): Promise<WrittenState | null> {
  const rows = kind === 'snapshot' ? `(${state.snapshot})` : quoteName(state.pendingRelation);
  const count = await session.run(
    `COPY (SELECT * FROM ${rows} ORDER BY ${PARTITION_COLUMN}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  if (count === 0 && kind === 'delta') {
    rmSync(path, { force: true });
    return null;
  }
  return { rows: count, bytes: statSync(path).size };
}
