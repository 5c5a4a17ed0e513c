import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCounts, NO_COUNTS } from '../../../driver/src/commit/counts.ts';

test('counts of tasks add up, in all and name by name', () => {
  const counts = {
    ...{
      recordsIn: 10,
      bytesIn: 100,
      badRecords: 3,
      nullFields: 1,
      lateRows: 2,
      rowsOut: 5,
      bytesOut: 50,
      skippedRecords: 6,
    },
    ...{ badByReason: { malformed: 2, nullValue: 1 }, lateByOperator: { totals: 2 } },
    rowsByOutput: { alerts: 5 },
  };
  const more = {
    ...NO_COUNTS,
    badRecords: 4,
    badByReason: { malformed: 1, wrongType: 3 },
    rowsByOutput: { alerts: 1, archive: 2 },
  };
  assert.deepEqual([counts, null, more].reduce(addCounts, NO_COUNTS), {
    ...counts,
    badRecords: 7,
    badByReason: { malformed: 3, nullValue: 1, wrongType: 3 },
    rowsByOutput: { alerts: 6, archive: 2 },
  });
  assert.deepEqual(NO_COUNTS.badByReason, {});
});
