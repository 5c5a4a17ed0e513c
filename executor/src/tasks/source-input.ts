import type { Clock } from '@millrace/shared/clock';
import type { SourceInput } from '@millrace/shared/plan';
import { type ReadRange, readRanges } from '../read/range-reader.ts';
import type { ByteBudget } from '../read/range-reader-budget.ts';
import type { FetchSizing } from '../read/range-reader-sizing.ts';
import type { Attempt } from './attempt.ts';
import type { StageInput } from './stage-input.ts';

/**
 * Record batches of the task's ranges, read on this thread while the lanes compute earlier tasks. What is read counts
 * against the executor's prefetch budget until `release`.
 */
export async function readSourceInput(
  { task, job, signal, timer, limit }: Attempt,
  input: SourceInput,
  deps: { budget: ByteBudget; sizing: FetchSizing; clock: Clock },
): Promise<StageInput> {
  const { budget, sizing, clock } = deps;
  const source = job.source(input.source);
  const ranges = task.ranges.map(
    (range): ReadRange => ({
      source: range.source,
      topic: range.topic,
      partition: range.partition,
      from: range.fromOffset,
      until: range.untilOffset,
    }),
  );
  const expected = ranges.reduce((sum, range) => sum + sizing.estimate(range.topic, range.until - range.from), 0);
  const room = timer.timed('queue', () => budget.reserve(expected, signal));
  limit.waitsFor(room);
  const reservation = await room;
  try {
    const fetch = job.fetchFrom(source);
    const read = await timer.timed('fetch', () =>
      readRanges(ranges, { fetch, sizing, onDataLoss: source.onDataLoss, clock, signal }),
    );
    const transfer = [...new Set(read.flatMap((range) => range.recordSets.map((set) => set.buffer)))];
    reservation.resize(transfer.reduce((sum, buffer) => sum + buffer.byteLength, 0));
    for (const { topic, from, until, recordSets, skipped } of read) {
      const bytes = recordSets.reduce((sum, set) => sum + set.byteLength, 0);
      sizing.learn(topic, until - from - skipped, bytes);
    }
    return { lane: { kind: 'records', ranges: read }, transfer, release: async () => reservation.release() };
  } catch (error) {
    reservation.release();
    throw error;
  }
}
