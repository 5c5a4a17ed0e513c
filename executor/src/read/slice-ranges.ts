import { committedBatches } from '@millrace/shared/kafka';
import type { LaneRange } from '../lanes/messages.ts';
import type { RecordLines } from './slice-lines.ts';
import { type SliceOptions, sliceRecords } from './slice-records.ts';

/**
 * Verifies, decompresses and slices what the broker sent for all ranges of a task. The record sets are used up.
 * Errors: CORRUPT_RECORD_BATCH, KAFKA_REFUSED (old formats, unknown codecs).
 */
export function sliceRanges(
  ranges: readonly LaneRange[],
  options: Pick<SliceOptions, 'keepOriginal' | 'makeLines'>,
  lines: RecordLines,
): void {
  for (const { source, topic, partition, from, until, recordSets, abortedTransactions } of ranges) {
    const firstLine = lines.count;
    const bounds = { from, until };
    const sets = recordSets.map((set) => Buffer.from(set.buffer, set.byteOffset, set.byteLength));
    for (const batch of committedBatches(sets, abortedTransactions, bounds)) {
      sliceRecords(batch, { ...options, ...bounds }, lines);
    }
    lines.ranges.push({ source, topic, partition, firstLine, untilLine: lines.count });
  }
}
