import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SummaryCounts, tallyLine, tallyOf } from '../../../scripts/check/tally.ts';

const counts = (some: Partial<SummaryCounts>): SummaryCounts => {
  return { passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0, ...some };
};

const CASES: [title: string, SummaryCounts | undefined, emptyFiles: number, failedSteps: number, line: string][] = [
  ['passes and failures', counts({ passed: 7, failed: 2 }), 0, 0, '7 passed, 2 failed'],
  ['a timed out test failed', counts({ passed: 1, cancelled: 1 }), 0, 0, '1 passed, 1 failed'],
  ['skipped tests are in neither', counts({ passed: 1, skipped: 3, todo: 1 }), 0, 0, '1 passed, 0 failed'],
  ['a file without tests failed', counts({ passed: 4 }), 1, 0, '3 passed, 1 failed'],
  ['a failed step failed', counts({ passed: 4 }), 0, 2, '4 passed, 2 failed'],
  ['nothing ran', undefined, 0, 0, '0 passed, 1 failed'],
  ['everything skipped', counts({ skipped: 2 }), 0, 0, '0 passed, 1 failed'],
];

for (const [title, summary, emptyFiles, failedSteps, line] of CASES) {
  test(title, () => assert.equal(tallyLine(tallyOf(summary, emptyFiles, failedSteps)), line));
}
