import type { Counts } from '@millrace/proto';
import type { CommitEntry } from '@millrace/shared/store';

type BatchCounts = CommitEntry['counts'];

export const NO_COUNTS: BatchCounts = {
  recordsIn: 0,
  bytesIn: 0,
  badRecords: 0,
  nullFields: 0,
  lateRows: 0,
  rowsOut: 0,
  bytesOut: 0,
};

export function addCounts(sum: BatchCounts, counts: Counts | null): BatchCounts {
  if (!counts) return sum;
  return {
    recordsIn: sum.recordsIn + counts.recordsIn,
    bytesIn: sum.bytesIn + counts.bytesIn,
    badRecords: sum.badRecords + counts.badRecords,
    nullFields: sum.nullFields + counts.nullFields,
    lateRows: sum.lateRows + counts.lateRows,
    rowsOut: sum.rowsOut + counts.rowsOut,
    bytesOut: sum.bytesOut + counts.bytesOut,
  };
}
