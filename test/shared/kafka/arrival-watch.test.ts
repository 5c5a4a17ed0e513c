import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { kafkaUnderTest, writeValues } from './kafka-under-test.ts';

/** Far above what a wake-up takes, far below the waits of these tests. */
const SOON_MS = 2_000;
const LONG_MS = 20_000;

test('a wait ends when a record arrives, long before its time is over', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t, { partitions: 2 });
  const latencies: number[] = [];
  for (let round = 0; round < 20; round++) {
    const positions = await kafka.listOffsets([topic], 'latest');
    const waiting = kafka.waitForRecords(positions, { waitMaxMs: LONG_MS });
    await kafka.produce([{ topic, partition: round % 2, batches: writeValues(['x']) }], { acks: -1 });
    const appendedAt = performance.now();
    const seen = await waiting;
    latencies.push(performance.now() - appendedAt);
    const arrived = seen.find(({ partition }) => partition === round % 2);
    assert.equal(arrived!.offset, positions[round % 2]!.offset + 1);
  }
  latencies.sort((a, b) => a - b);
  t.diagnostic(
    `wake-up after the append was acknowledged: p50 ${latencies[10]!.toFixed(1)} ms, max ${latencies[19]!.toFixed(1)} ms`,
  );
  assert.ok(latencies[19]! < SOON_MS);
});

test('records that are there already end a wait at once', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  await kafka.produce([{ topic, partition: 0, batches: writeValues(['a', 'b']) }], { acks: -1 });
  const seen = await kafka.waitForRecords([{ topic, partition: 0, offset: 1 }], { waitMaxMs: LONG_MS });
  assert.deepEqual(seen, [{ topic, partition: 0, offset: 2 }]);
});

test('without records a wait takes its time and no more', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const startedAt = performance.now();
  await kafka.waitForRecords([{ topic, partition: 0, offset: 0 }], { waitMaxMs: 150 });
  const tookMs = performance.now() - startedAt;
  // Timers of Node count from the start of the loop's turn that set them, so they end early by what the turn took.
  assert.ok(tookMs > 100 && tookMs < SOON_MS, `${tookMs} ms`);
});

test('an aborted wait ends at once, and the next one wakes up all the same', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const positions = [{ topic, partition: 0, offset: 0 }];
  const abort = new AbortController();
  const waiting = kafka.waitForRecords(positions, { waitMaxMs: LONG_MS, signal: abort.signal });
  waiting.catch(() => {});
  await kafka.listOffsets([topic], 'latest');
  const abortedAt = performance.now();
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  const next = kafka.waitForRecords(positions, { waitMaxMs: LONG_MS });
  await kafka.produce([{ topic, partition: 0, batches: writeValues(['x']) }], { acks: -1 });
  assert.deepEqual(await next, [{ topic, partition: 0, offset: 1 }]);
  assert.ok(performance.now() - abortedAt < SOON_MS);
});

test('a position beyond the partition is OFFSETS_GONE', async (t) => {
  const { kafka, topic } = await kafkaUnderTest(t);
  const wait = kafka.waitForRecords([{ topic, partition: 0, offset: 9 }], { waitMaxMs: LONG_MS });
  await assert.rejects(wait, (error) => error instanceof MillraceError && error.code === 'OFFSETS_GONE');
});
