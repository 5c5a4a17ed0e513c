import { EXISTED_COLUMN, rowBytes, type StateTable } from '@millrace/shared/plan';
import { quoteName } from '../compute/sql-text.ts';
import type { Survey } from '../compute/survey.ts';

/** State as it is once the batch is adopted; `pendingRows` is what the batch changes, `bytes` an estimate: DuckDB reports only row counts. */
export type StateStats = {
  operatorId: string;
  rows: number;
  bytes: number;
  nextExpiryMs: number | null;
  pendingRows: number;
};

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
    return { operatorId, rows: count, bytes: count * rowBytes(state).memory, nextExpiryMs, pendingRows: pendingRows! };
  };
}

/** By how much adopting the pending rows changes the number of rows; in a log rows may cancel out later. */
function rowsAddedBy({ goneSql }: StateTable): string {
  if (goneSql === null) return `count(*) FILTER (WHERE NOT ${EXISTED_COLUMN})`;
  const gone = `(${goneSql}) IS TRUE`;
  return `count(*) FILTER (WHERE NOT ${EXISTED_COLUMN} AND NOT (${gone})) - count(*) FILTER (WHERE ${EXISTED_COLUMN} AND ${gone})`;
}
