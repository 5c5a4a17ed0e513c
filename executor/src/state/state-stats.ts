import type { StateTable } from '@millrace/shared/plan';
import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName } from '../compute/sql-text.ts';

export type StateStats = { rows: number; bytes: number; nextExpiryMs: number | null };

/** Bytes that a value of a fixed-width type takes in a DuckDB vector. */
const TYPE_BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  UTINYINT: 1,
  SMALLINT: 2,
  USMALLINT: 2,
  INTEGER: 4,
  UINTEGER: 4,
  FLOAT: 4,
  DATE: 4,
  BIGINT: 8,
  UBIGINT: 8,
  DOUBLE: 8,
  TIME: 8,
  TIMESTAMP: 8,
  'TIMESTAMP WITH TIME ZONE': 8,
  HUGEINT: 16,
  UUID: 16,
  INTERVAL: 16,
};

/** For texts, lists and the like: a 16-byte header and a guess at what it points to. Bytes. */
const VARIABLE_BYTES = 32;

/** Memory that a row of state takes, by its types; DuckDB itself reports only row counts for tables in memory. */
export function estimateRowBytes(state: Pick<StateTable, 'columns'>): number {
  return state.columns.reduce((sum, { type }) => sum + typeBytes(type.toUpperCase()), 1);
}

function typeBytes(type: string): number {
  const precision = /^DECIMAL\((\d+)/.exec(type)?.[1];
  if (precision !== undefined) return Number(precision) > 18 ? 16 : 8;
  return TYPE_BYTES[type] ?? VARIABLE_BYTES;
}

export async function readStateStats(session: SqlSession, state: StateTable): Promise<StateStats> {
  const expiry = state.nextExpiry === null ? 'NULL' : `epoch_ms((${state.nextExpiry}))`;
  const [row] = await session.rows(`SELECT (SELECT count(*) FROM ${quoteName(state.table)}), ${expiry}`);
  const rows = Number(row?.[0] ?? 0);
  const expiryMs = row?.[1] ?? null;
  return { rows, bytes: rows * estimateRowBytes(state), nextExpiryMs: expiryMs === null ? null : Number(expiryMs) };
}
