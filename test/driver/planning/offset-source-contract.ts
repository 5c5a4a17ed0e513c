import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { KafkaSourceSpec } from '@millrace/shared/spec';
import type { OffsetSource } from '../../../driver/src/planning/offset-source.ts';

/** A topic of two partitions and an offset source over it. */
export type OffsetSourceUnderTest = {
  source: OffsetSource;
  topic: string;
  /** Appends one record with this broker timestamp. */
  append(partition: number, timestampMs: number): Promise<void>;
};

/** Source name of every topic under test. */
export const SOURCE = 'payments';
/** Longer than any answer takes: a wait that lasts so long fails by the test's own time limit. */
const LONG_MS = 60_000;

/** What the planner relies on, whatever holds the records. `open` gives an empty topic with such starting offsets. */
export function offsetSourceContract(
  name: string,
  open: (
    t: TestContext,
    starting: (topic: string) => KafkaSourceSpec['startingOffsets'],
  ) => Promise<OffsetSourceUnderTest>,
): void {
  const offsetsOf = (positions: readonly { partition: number; offset: number }[]) =>
    positions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  const { signal } = new AbortController();
  const earliest = () => ({ kind: 'earliest' }) as const;

  describe(`offset source contract: ${name}`, () => {
    test('every partition is there, named by source and topic, the empty ones too', async (t) => {
      const { source, topic, append } = await open(t, earliest);
      await append(1, 1_000);
      const latest = await source.latest();
      assert.deepEqual(
        latest.toSorted((a, b) => a.partition - b.partition),
        [
          { source: SOURCE, topic, partition: 0, latest: 0 },
          { source: SOURCE, topic, partition: 1, latest: 1 },
        ],
      );
      const [first] = await source.starting();
      assert.deepEqual(first, { source: SOURCE, topic, partition: 0, offset: 0, maxEventTimeMs: null });
    });

    test('a job starts at the beginning, at the end, at a moment or where it is told', async (t) => {
      const cases: [starting: (topic: string) => KafkaSourceSpec['startingOffsets'], expected: number[]][] = [
        [earliest, [0, 0]],
        [() => ({ kind: 'latest' }), [3, 1]],
        [() => ({ kind: 'timestamp', timestampMs: 2_000 }), [1, 1]],
        [(topic) => ({ kind: 'perPartition', offsets: { [topic]: { 0: 2 } } }), [2, 0]],
      ];
      for (const [starting, expected] of cases) {
        const { source, append } = await open(t, starting);
        for (const at of [1_000, 2_000, 3_000]) await append(0, at);
        await append(1, 1_000);
        assert.deepEqual(offsetsOf(await source.starting()), expected, JSON.stringify(starting('t')));
      }
    });

    test('a wait ends when a record arrives past a position, or has arrived before', async (t) => {
      const { source, append } = await open(t, earliest);
      const positions = await source.starting();
      const waiting = source.waitForRecords(positions, LONG_MS, signal);
      await append(1, 1_000);
      await waiting;
      await source.waitForRecords(positions, LONG_MS, signal);
    });

    test('a wait without records ends when its time is over, and at once when it is aborted', async (t) => {
      const { source } = await open(t, earliest);
      const positions = await source.starting();
      await source.waitForRecords(positions, 50, signal);
      const aborted = new AbortController();
      const waiting = source.waitForRecords(positions, LONG_MS, aborted.signal);
      aborted.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
    });
  });
}
