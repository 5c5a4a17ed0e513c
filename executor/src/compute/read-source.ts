import type { SourceInput, SourcePlan } from '@millrace/shared/plan';
import type { LanePoison, LaneRange, LaneTaskResult, RecordPolicy } from '../lanes/messages.ts';
import { markPoison } from '../read/mark-poison.ts';
import type { LineFile } from '../read/slice-file.ts';
import { clearRecordLines, type RecordLines, takeTombstones } from '../read/slice-lines.ts';
import { sliceRanges } from '../read/slice-ranges.ts';
import type { SetAside } from './bad-records.ts';
import { needsOriginal } from './record-metadata.ts';
import type { WrittenSource } from './source-relation.ts';
import type { SourceTrust } from './source-trust.ts';

export type SourceTask = {
  input: SourceInput;
  source: SourcePlan;
  ranges: LaneRange[];
  poison: LanePoison[];
  policy: RecordPolicy;
  /** Of the batch. */
  timestampMs: number;
};

/** What is kept from task to task: buffers, the scratch file, and how the records were. */
export type SourceReader = { lines: RecordLines; file: LineFile; trust: SourceTrust };

export type SourceRead = SetAside &
  Pick<LaneTaskResult, 'eventTimes'> & { records: number; bytes: number; nullFields: number };

/** The records of a task as lines in the scratch file. */
export type DecodedSource = WrittenSource & { file: LineFile };

/** Record batches in, lines out. Errors: CORRUPT_RECORD_BATCH, KAFKA_REFUSED, SCRATCH_FULL. */
export function decodeSource(task: SourceTask, { lines, file }: SourceReader): DecodedSource {
  const { source, policy, ranges, poison } = task;
  const makeLines = source.columns.length > 0;
  clearRecordLines(lines);
  const keepOriginal = policy.onBadRecord === 'collect' || needsOriginal(source.metadata);
  sliceRanges(ranges, { keepOriginal, makeLines }, lines);
  if (source.changes) takeTombstones(lines);
  markPoison(lines, poison);
  const longestBytes = makeLines ? file.writeLines(lines) : 0;
  return { target: { relation: task.input.relation, source }, lines, file, longestBytes };
}

/** The latest event time that is not too far in the future, ms; null where there is no bound. */
export const eventTimeMaxOf = ({ source, policy, timestampMs }: SourceTask): number | null =>
  source.eventTimeColumn === null || policy.futureMaxMs === null ? null : timestampMs + policy.futureMaxMs;
