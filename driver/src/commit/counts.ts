import type { Counts } from '@millrace/proto';
import type { RecordCounts } from '@millrace/shared/store';

export const NO_COUNTS: RecordCounts = {
  recordsIn: 0,
  bytesIn: 0,
  badRecords: 0,
  nullFields: 0,
  lateRows: 0,
  rowsOut: 0,
  rowsByOutput: {},
  bytesOut: 0,
  skippedRecords: 0,
  badByReason: {},
  lateByOperator: {},
};

export function addCounts(sum: RecordCounts, counts: Counts | null): RecordCounts {
  if (!counts) return sum;
  return {
    recordsIn: sum.recordsIn + counts.recordsIn,
    bytesIn: sum.bytesIn + counts.bytesIn,
    badRecords: sum.badRecords + counts.badRecords,
    nullFields: sum.nullFields + counts.nullFields,
    lateRows: sum.lateRows + counts.lateRows,
    rowsOut: sum.rowsOut + counts.rowsOut,
    rowsByOutput: addByName(sum.rowsByOutput, counts.rowsByOutput),
    bytesOut: sum.bytesOut + counts.bytesOut,
    skippedRecords: sum.skippedRecords + counts.skippedRecords,
    badByReason: addByName(sum.badByReason, counts.badByReason),
    lateByOperator: addByName(sum.lateByOperator, counts.lateByOperator),
  };
}

function addByName(sum: Record<string, number>, more: Readonly<Record<string, number>>): Record<string, number> {
  const added = { ...sum };
  for (const [name, count] of Object.entries(more)) added[name] = (added[name] ?? 0) + count;
  return added;
}
