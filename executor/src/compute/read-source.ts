import type { SourceInput, SourcePlan } from '@millrace/shared/plan';
import type { BadRecord, LaneRange, LaneTaskResult } from '../lanes/messages.ts';
import type { LineFile } from '../read/slice-file.ts';
import { clearRecordLines, type RecordLines } from '../read/slice-lines.ts';
import { sliceRanges } from '../read/slice-ranges.ts';
import {
  BAD_RECORDS_PER_TASK_MAX,
  type BadLine,
  badRecordError,
  blankLines,
  describeBadRecords,
  findMalformed,
  tooManyBadRecords,
} from './bad-records.ts';
import { needsOriginal } from './record-metadata.ts';
import { deleteRows, emptyRows, makeSourceRows, type WrittenSource } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';

export type BadRecordMode = 'fail' | 'collect' | 'drop';

export type SourceTask = { input: SourceInput; source: SourcePlan; ranges: LaneRange[]; onBadRecord: BadRecordMode };

/** What is kept from task to task: buffers and the scratch file. */
export type SourceReader = { lines: RecordLines; file: LineFile };

export type SourceRead = Pick<LaneTaskResult, 'eventTimes' | 'badRecords'> & {
  records: number;
  bytes: number;
  badRecordCount: number;
};

/** The records of a task as lines in the scratch file. */
export type DecodedSource = WrittenSource & { file: LineFile };

/** Record batches in, lines out. Errors: CORRUPT_RECORD_BATCH, KAFKA_REFUSED, SCRATCH_FULL. */
export function decodeSource(task: SourceTask, { lines, file }: SourceReader): DecodedSource {
  const { source, onBadRecord, ranges } = task;
  const makeLines = source.columns.length > 0;
  clearRecordLines(lines);
  const keepOriginal = onBadRecord === 'collect' || needsOriginal(source.metadata);
  sliceRanges(ranges, { keepOriginal, makeLines }, lines);
  const longestBytes = makeLines ? file.writeLines(lines) : 0;
  return { target: { relation: task.input.relation, source }, lines, file, longestBytes };
}

export const sizeOf = (lines: RecordLines) => ({ records: lines.count, bytes: lines.valueBytes });

/**
 * Finds the records among the empty rows that could not be read and takes their rows out. Rows that a bad line had swallowed
 * are there afterwards. Errors: BAD_RECORD in mode `fail`.
 */
export async function setBadAside(
  session: SqlSession,
  decoded: DecodedSource,
  mode: BadRecordMode,
): Promise<{ bad: number; badRecords: BadRecord[] }> {
  const { target, lines } = decoded;
  const bad = await findBadLines(session, decoded);
  if (bad.length === 0) return { bad: 0, badRecords: [] };
  if (mode === 'fail') throw badRecordError(lines, bad[0]!);
  if (mode === 'collect' && bad.length > BAD_RECORDS_PER_TASK_MAX)
    throw tooManyBadRecords(target.source.name, bad.length);
  await deleteRows(
    session,
    target,
    bad.map(({ line }) => line),
  );
  return { bad: bad.length, badRecords: mode === 'collect' ? describeBadRecords(lines, bad) : [] };
}

async function findBadLines(session: SqlSession, decoded: DecodedSource): Promise<BadLine[]> {
  const { target, lines, file } = decoded;
  const unreadable = new Set(lines.unreadable.map(({ line }) => line));
  const suspects = (await emptyRows(session, target)).filter((row) => !unreadable.has(row));
  const { malformed, swallowed } = await findMalformed(session, file, lines, suspects);
  if (swallowed) {
    blankLines(lines, malformed);
    await makeSourceRows(session, { ...decoded, longestBytes: file.writeLines(lines) });
  }
  return [...lines.unreadable, ...malformed].sort((a, b) => a.line - b.line);
}
