import { MillraceError } from '@millrace/shared/errors';
import { committedBatches } from '@millrace/shared/kafka';
import type { LaneRange } from '../lanes/messages.ts';
import type { RecordLines } from './slice-lines.ts';
import { type SliceOptions, sliceRecords } from './slice-records.ts';

type MakeLines = Pick<SliceOptions, 'keepOriginal' | 'makeLines'>;

/**
 * Verifies, decompresses and slices what the broker sent for all ranges of a task. The record sets are used up.
 * Errors: CORRUPT_RECORD_BATCH, KAFKA_REFUSED (old formats); both name topic, partition and base offset.
 */
export function sliceRanges(ranges: readonly LaneRange[], options: MakeLines, lines: RecordLines): void {
  for (const range of ranges) {
    const firstLine = lines.count;
    try {
      sliceRange(range, options, lines);
    } catch (error) {
      throw placed(error, range);
    }
    const { source, topic, partition } = range;
    lines.ranges.push({ source, topic, partition, firstLine, untilLine: lines.count });
  }
}

function sliceRange(range: LaneRange, options: MakeLines, lines: RecordLines): void {
  const { from, until, recordSets, abortedTransactions } = range;
  const bounds = { from, until };
  const sets = recordSets.map((set) => Buffer.from(set.buffer, set.byteOffset, set.byteLength));
  for (const batch of committedBatches(sets, abortedTransactions, bounds)) {
    sliceRecords(batch, { ...options, ...bounds }, lines);
  }
}

/** A batch knows its offset, not where it lies. */
function placed(thrown: unknown, { topic, partition }: LaneRange): unknown {
  if (!(thrown instanceof MillraceError)) return thrown;
  const { code, message, hint, cause, details } = thrown;
  return new MillraceError(code, `${topic}/${partition}: ${message}`, {
    hint,
    cause,
    details: { topic, partition, ...details },
  });
}
