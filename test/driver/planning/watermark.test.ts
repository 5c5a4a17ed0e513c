import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdleTracker } from '../../../driver/src/planning/idle-partitions.ts';
import { jobWatermark, sourceWatermark } from '../../../driver/src/planning/watermark.ts';

const busy = (maxEventTimeMs: number | null) => ({ maxEventTimeMs, idle: false });
const idle = (maxEventTimeMs: number | null) => ({ maxEventTimeMs, idle: true });

const cases: {
  name: string;
  partitions: ReturnType<typeof busy>[];
  previous: number | null;
  expected: number | null;
}[] = [
  {
    name: 'the minimum over partitions, less the delay',
    partitions: [busy(100), busy(50)],
    previous: null,
    expected: 40,
  },
  {
    name: 'a partition without event time holds it back',
    partitions: [busy(100), busy(null)],
    previous: null,
    expected: null,
  },
  { name: '… and keeps what was reached', partitions: [busy(100), busy(null)], previous: 33, expected: 33 },
  { name: 'an idle partition does not count', partitions: [busy(100), idle(5)], previous: null, expected: 90 },
  {
    name: 'when all are idle the minimum of the known ones counts',
    partitions: [idle(100), idle(60), idle(null)],
    previous: null,
    expected: 50,
  },
  { name: 'never backwards', partitions: [busy(20)], previous: 80, expected: 80 },
  { name: 'no partitions, no watermark', partitions: [], previous: null, expected: null },
];
for (const { name, partitions, previous, expected } of cases) {
  test(`watermark: ${name}`, () => assert.equal(sourceWatermark(partitions, 10, previous), expected));
}

test('of two sources the slower one counts, and one that knows nothing holds the job', () => {
  const watermark = { column: 'ts', delayMs: 10, idleTimeoutMs: 1, futureMaxMs: 86_400_000 };
  const source = (...partitions: ReturnType<typeof busy>[]) => ({ watermark, partitions });
  assert.equal(jobWatermark([source(busy(100)), source(busy(70))], null), 60);
  assert.equal(jobWatermark([source(busy(100)), source(busy(null))], 5), 5);
  assert.equal(jobWatermark([], null), null);
});

test('a partition is idle only after its timeout without anything unread', () => {
  const tracker = createIdleTracker();
  const position = { source: 's', topic: 't', partition: 0, offset: 5, maxEventTimeMs: 1 };
  const end = (latest: number) => [{ source: 's', topic: 't', partition: 0, latest }];
  tracker.observe([position], end(5), 1_000);
  assert.equal(tracker.isIdle(position, 500, 1_400), false);
  assert.equal(tracker.isIdle(position, 500, 1_500), true);
  tracker.observe([position], end(6), 1_600);
  assert.equal(tracker.isIdle(position, 500, 9_000), false, 'a throttled backlog is not idle');
});
