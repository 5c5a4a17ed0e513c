import assert from 'node:assert/strict';
import test from 'node:test';
import { completeBatches, judgeFetch } from '../../../executor/src/read/range-reader-progress.ts';
import { joinBatches, recordBatch } from './record-batch.ts';

test('walks complete batches up to the range and leaves what is beyond', () => {
  const first = recordBatch(10, 5);
  const second = recordBatch(15, 5);
  const beyond = recordBatch(20, 5);
  const set = joinBatches(first, second, beyond);
  assert.deepEqual(completeBatches(set, 20), { bytes: first.length + second.length, next: 20 });
  assert.deepEqual(completeBatches(set, 17), { bytes: first.length + second.length, next: 17 });
  assert.deepEqual(completeBatches(joinBatches(first, second), 17), { bytes: first.length + second.length, next: 20 });
  assert.deepEqual(completeBatches(set.subarray(0, first.length + 30), 100), { bytes: first.length, next: 15 });
  assert.deepEqual(completeBatches(first.subarray(0, 20), 100), { bytes: 0, next: null });
  assert.deepEqual(completeBatches(new Uint8Array(), 100), { bytes: 0, next: null });
});

test('a batch that lies wholly beyond the range covers it', () => {
  assert.deepEqual(completeBatches(recordBatch(500, 5), 100), { bytes: 0, next: 100 });
});

test('reads views into larger buffers', () => {
  const set = joinBatches(new Uint8Array(7), recordBatch(10, 5));
  assert.deepEqual(completeBatches(set.subarray(7), 100), { bytes: set.length - 7, next: 15 });
});

const empty = { bytes: 0, next: null };
const cases: [string, Parameters<typeof judgeFetch>[0], ReturnType<typeof judgeFetch>][] = [
  [
    'all of it came',
    { asked: 10, until: 20, batches: { bytes: 9, next: 20 }, bytesSent: 9, lastStableOffset: 50, alone: false },
    { kind: 'covered' },
  ],
  [
    'a part came',
    { asked: 10, until: 20, batches: { bytes: 9, next: 15 }, bytesSent: 9, lastStableOffset: 50, alone: false },
    { kind: 'more', next: 15 },
  ],
  [
    'what came ends before what was asked for',
    { asked: 10, until: 20, batches: { bytes: 9, next: 10 }, bytesSent: 9, lastStableOffset: 50, alone: false },
    { kind: 'damaged' },
  ],
  [
    'a piece of a batch came',
    { asked: 10, until: 20, batches: empty, bytesSent: 9, lastStableOffset: 50, alone: false },
    { kind: 'tooSmall' },
  ],
  [
    'nothing came among others',
    { asked: 10, until: 20, batches: empty, bytesSent: 0, lastStableOffset: 50, alone: false },
    { kind: 'askAlone' },
  ],
  [
    'nothing came alone',
    { asked: 10, until: 20, batches: empty, bytesSent: 0, lastStableOffset: 20, alone: true },
    { kind: 'covered' },
  ],
  [
    'the log is short',
    { asked: 10, until: 20, batches: empty, bytesSent: 0, lastStableOffset: 19, alone: true },
    { kind: 'stalled' },
  ],
];
for (const [what, facts, expected] of cases) {
  test(`${what}: ${expected.kind}`, () => assert.deepEqual(judgeFetch(facts), expected));
}
