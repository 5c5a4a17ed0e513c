import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrongOffsets } from '../../../driver/src/jobs/check-online.ts';

const at = (offsets: number[]) => offsets.map((offset, partition) => ({ topic: 't', partition, offset }));
const [first, end] = [at([5, 0]), at([9, 0])];

test('starting offsets must lie in their partitions', () => {
  assert.deepEqual(wrongOffsets({ t: { 0: 5, 1: 0 } }, first, end), []);
  assert.deepEqual(wrongOffsets({ t: { 0: 9 } }, first, end), [], 'the end is where the next record comes');
  assert.deepEqual(wrongOffsets({ t: { 0: 4, 1: 1, 2: 0 } }, first, end), [
    {
      message: 'offset 4 lies outside of topic "t" partition 0',
      hint: 'the partition holds offsets from 5, and ends before 9',
    },
    {
      message: 'offset 1 lies outside of topic "t" partition 1',
      hint: 'the partition holds offsets from 0, and ends before 0',
    },
    { message: 'topic "t" has no partition 2', hint: 'it has 2, counted from 0' },
  ]);
});
