import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstFileOfPartition, PARTITION_UNWANTED as NO } from '../../../executor/src/state/restore-plan.ts';

const delta = (...partitions: number[]) => ({ kind: 'delta' as const, partitions });
const snapshot = (...partitions: number[]) => ({ kind: 'snapshot' as const, partitions });

const cases = [
  { name: 'no files', files: [], wanted: [0, 2], first: [1, NO, 1, NO] },
  { name: 'deltas count from the first', files: [delta(0, 1), delta(0, 1)], wanted: [0, 1], first: [1, 1, NO, NO] },
  {
    name: 'a snapshot supersedes what is older',
    files: [delta(0, 1), snapshot(0, 1), delta(0, 1)],
    wanted: [0, 1],
    first: [2, 2, NO, NO],
  },
  {
    name: 'but only for its partitions',
    files: [delta(0, 1, 2), snapshot(1), delta(2)],
    wanted: [0, 1, 2],
    first: [1, 2, 1, NO],
  },
  { name: 'the newest snapshot counts', files: [snapshot(3), snapshot(3)], wanted: [3], first: [NO, NO, NO, 2] },
];

for (const { name, files, wanted, first } of cases) {
  test(name, () => assert.deepEqual(firstFileOfPartition(files, wanted, 4), first));
}
