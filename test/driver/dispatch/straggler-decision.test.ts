import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StragglerFacts, straggleAfterMs } from '../../../driver/src/dispatch/straggler-decision.ts';

const nothingKnown: StragglerFacts = { tasks: 4, finishedMs: [], usualMs: null, restoreBytes: 0 };

const CASES: [string, Partial<StragglerFacts>, number | null][] = [
  ['nothing to compare with', {}, null],
  ['too few have finished', { finishedMs: [900] }, null],
  ['half have finished: the median, three times', { finishedMs: [400, 900] }, 2_700],
  ['short tasks get a second all the same', { finishedMs: [10, 12, 14] }, 1_000],
  ['siblings are a better measure than other batches', { finishedMs: [500, 500], usualMs: 9_000 }, 1_500],
  ['a single task is compared with those of other batches', { tasks: 1, usualMs: 800 }, 2_400],
  [
    'state has to be restored first: 100 MB, five seconds',
    { tasks: 1, usualMs: 800, restoreBytes: 100_000_000 },
    7_400,
  ],
];

for (const [name, facts, expected] of CASES) {
  test(name, () => assert.equal(straggleAfterMs({ ...nothingKnown, ...facts }), expected));
}
