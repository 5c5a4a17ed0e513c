import type { Counts } from '@millrace/proto';
import type { RecordCounts } from '@millrace/shared/store';

export const NO_COUNTS: RecordCounts = {
  recordsIn: 0,
  bytesIn: 0,
  badRecords: 0,
  nullFields: 0,
  lateRows: 0,
  rowsOut: 0,
  bytesOut: 0,
  skippedRecords: 0,
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
    bytesOut: sum.bytesOut + counts.bytesOut,
    skippedRecords: sum.skippedRecords + counts.skippedRecords,
  };
}
