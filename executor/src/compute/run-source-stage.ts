import { toMillraceError } from '@millrace/shared/errors';
import type { SourceInput, Stage } from '@millrace/shared/plan';
import type { LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import type { RecordLines } from '../read/slice-lines.ts';
import {
  type DecodedSource,
  decodeSource,
  makeCheckedTable,
  type SourceRead,
  type SourceReader,
  type SourceTask,
  sizeOf,
} from './read-source.ts';
import { runOperators } from './run-operators.ts';
import { makeSourceView } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';

export type SourceStageRead = SourceRead & { lateRows: number };

/**
 * Decodes the records of a task and runs the stage's operators over them: on the way from the file where that is possible,
 * else, and when that fails, over a table, where bad records are found one by one. What is wrong with the query
 * itself then fails a second time.
 */
export async function runSourceStage(
  session: SqlSession,
  stage: Stage,
  task: SourceTask,
  reader: SourceReader,
  timer: LaneTimer,
): Promise<SourceStageRead> {
  const decoded = timer.timedSync('decode', () => decodeSource(task, reader));
  return await timer.timed('compute', async () => {
    if (canStream(task.input, decoded)) {
      const streamed = await stream(session, stage, task.input, decoded);
      if (streamed !== null) return streamed;
    }
    try {
      const read = await makeCheckedTable(session, decoded, task.onBadRecord);
      return { ...read, ...(await runOperators(session, stage.operators)) };
    } finally {
      await session.run(`DROP TABLE IF EXISTS ${quoteName(task.input.relation)}`);
    }
  });
}

/** Metadata is joined by position, and the event times of several ranges are told apart by it: both need the table. */
function canStream(input: SourceInput, { target: { source }, lines }: DecodedSource): boolean {
  const timeIsKnown = source.eventTimeColumn === null || (input.eventTimeSql !== null && lines.ranges.length === 1);
  const onlyLines = source.columns.length > 0 && source.metadata.length === 0 && lines.unreadable.length === 0;
  return input.readOnce && onlyLines && timeIsKnown && lines.count > 0;
}

/** Null: some record needs a closer look. */
async function stream(
  session: SqlSession,
  stage: Stage,
  input: SourceInput,
  { target, lines, file, longestBytes }: DecodedSource,
): Promise<SourceStageRead | null> {
  try {
    await makeSourceView(session, target, { path: file.path, longestBytes });
    const counts = await runOperators(session, stage.operators);
    const eventTimes = await eventTimesOf(session, input, lines);
    return { ...counts, ...sizeOf(lines), eventTimes, badRecords: [], badRecordCount: 0 };
  } catch (error) {
    if (toMillraceError(error).code === 'CANCELLED') throw error;
    return null;
  } finally {
    await session.run(`DROP VIEW IF EXISTS ${quoteName(input.relation)}`);
  }
}

async function eventTimesOf(
  session: SqlSession,
  { eventTimeSql }: SourceInput,
  lines: RecordLines,
): Promise<LaneTaskResult['eventTimes']> {
  if (eventTimeSql === null) return [];
  const [row] = await session.rows(`SELECT epoch_ms((${eventTimeSql}))`);
  const maxMs = row?.[0] ?? null;
  if (maxMs === null) return [];
  return lines.ranges.map(({ source, topic, partition }) => ({ source, topic, partition, maxMs: Number(maxMs) }));
}
