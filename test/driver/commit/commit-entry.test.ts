import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskResult } from '@millrace/proto';
import { driverEpoch } from '@millrace/shared/ids';
import { commitEntryOf } from '../../../driver/src/commit/commit-entry.ts';
import { offsetsOf } from '../../shared/store/samples.ts';

const place = (partition: number) => ({ source: 's', topic: 't', partition });
const at = (partition: number, offset: number, maxEventTimeMs: number | null = null) => ({
  ...place(partition),
  offset,
  maxEventTimeMs,
});

test('positions keep their order, whichever were read, and new partitions come last', () => {
  const intent = offsetsOf(3, {
    ranges: [
      { ...place(7), from: 0, until: 0 },
      { ...place(1), from: 5, until: 9 },
    ],
  });
  const eventTimes = [
    { ...place(1), maxMs: 80 },
    { ...place(1), maxMs: 60 },
  ];
  const result: Pick<TaskResult, 'eventTimes' | 'outputs' | 'counts'> = { eventTimes, outputs: [], counts: null };
  const before = [at(0, 3, 70), at(1, 5, 50), at(2, 4)];
  const identity = { driverEpoch: driverEpoch(1), token: 't' };
  const { positions } = commitEntryOf(intent, before, [result as TaskResult], [], identity);
  assert.deepEqual(positions, [at(0, 3, 70), at(1, 9, 80), at(2, 4), at(7, 0)]);
});
