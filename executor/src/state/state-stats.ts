import { EXISTED_COLUMN, type StateTable } from '@millrace/shared/plan';
import { quoteName } from '../compute/sql-text.ts';
import type { Survey } from '../compute/survey.ts';

/** State as it is once the batch is adopted; `pendingRows` is what the batch changes. */
export type StateStats = {
  operatorId: string;
  rows: number;
  bytes: number;
  nextExpiryMs: number | null;
  pendingRows: number;
};

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
export function estimateRowBytes({ columns, hashed }: Pick<StateTable, 'columns' | 'hashed'>): number {
  const hash = hashed ? [{ type: 'UINTEGER' }] : [];
  return [...columns, ...hash].reduce((sum, { type }) => sum + typeBytes(type.toUpperCase()), 1);
}

function typeBytes(type: string): number {
  const precision = /^DECIMAL\((\d+)/.exec(type)?.[1];
  if (precision !== undefined) return Number(precision) > 18 ? 16 : 8;
  return TYPE_BYTES[type] ?? VARIABLE_BYTES;
}

/** Asks how large the state of one operator is, and when something of it ends. */
export function askStateStats(survey: Survey, operatorId: string, state: StateTable): () => StateStats {
  const rows = survey.ask(`SELECT count(*) FROM ${quoteName(state.table)}`);
  const pending = survey.ask(`SELECT count(*), ${rowsAddedBy(state)} FROM ${quoteName(state.pendingRelation)}`, 2);
  const expiry = state.nextExpiry === null ? () => [] : survey.ask(`SELECT epoch_ms((${state.nextExpiry}))`);
  return () => {
    const [stored] = rows();
    const [pendingRows, addedRows] = pending();
    const [nextExpiryMs = null] = expiry();
    const count = stored! + addedRows!;
    return { operatorId, rows: count, bytes: count * estimateRowBytes(state), nextExpiryMs, pendingRows: pendingRows! };
  };
}

/** By how much adopting the pending rows changes the number of rows; in a log rows may cancel out later. */
function rowsAddedBy({ goneSql }: StateTable): string {
  if (goneSql === null) return `count(*) FILTER (WHERE NOT ${EXISTED_COLUMN})`;
  const gone = `(${goneSql}) IS TRUE`;
  return `count(*) FILTER (WHERE NOT ${EXISTED_COLUMN} AND NOT (${gone})) - count(*) FILTER (WHERE ${EXISTED_COLUMN} AND ${gone})`;
}
