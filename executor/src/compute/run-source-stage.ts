import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { SourceInput } from '@millrace/shared/plan';
import type { LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import type { RecordLines } from '../read/slice-lines.ts';
import {
  type DecodedSource,
  decodeSource,
  type SourceRead,
  type SourceReader,
  type SourceTask,
  setBadAside,
  sizeOf,
} from './read-source.ts';
import { askRows, dropRows, makeSourceRows, makeSourceView, surveyRows } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';
import type { Survey } from './survey.ts';

/** What follows once the input relation of a source stage is in place. Both may have to be done again. */
export type SourceSteps<Made> = {
  /** Runs the operators, then one survey with the questions that `ask` adds. */
  compute<Facts>(ask: (survey: Survey) => () => Facts): Promise<Facts>;
  output(): Promise<Made>;
};

/**
 * Decodes the records of a task and takes the steps over them: on the way from the file where that is possible, else,
 * and when that fails, over a table, where bad records are found one by one. What is wrong with the query itself then
 * fails a second time.
 */
export async function runSourceStage<Made>(
  session: SqlSession,
  task: SourceTask,
  reader: SourceReader,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made }> {
  const decoded = timer.timedSync('decode', () => decodeSource(task, reader));
  if (canStream(task.input, decoded)) {
    const streamed = await overView(session, task, decoded, steps, timer);
    if (streamed !== null) return streamed;
  }
  return await overTable(session, task, decoded, steps, timer);
}

/** Metadata is joined by position, and the event times of several ranges are told apart by it: both need the table. */
function canStream(input: SourceInput, { target: { source }, lines }: DecodedSource): boolean {
  const timeIsKnown = source.eventTimeColumn === null || (input.eventTimeSql !== null && lines.ranges.length === 1);
  const onlyLines = source.columns.length > 0 && source.metadata.length === 0 && lines.unreadable.length === 0;
  return input.readOnce && onlyLines && timeIsKnown && lines.count > 0;
}

/** Null: some record needs a closer look. */
async function overView<Made>(
  session: SqlSession,
  { input }: SourceTask,
  decoded: DecodedSource,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made } | null> {
  try {
    await timer.timed('compute', () => makeSourceView(session, decoded));
    const eventTimes = await steps.compute((survey) => askEventTimes(survey, input, decoded.lines));
    const made = await steps.output();
    return { read: { ...sizeOf(decoded.lines), eventTimes, badRecords: [], badRecordCount: 0 }, made };
  } catch (error) {
    if (toMillraceError(error).code === 'CANCELLED') throw error;
    return null;
  }
}

/** BAD_RECORD in mode `fail`. */
async function overTable<Made>(
  session: SqlSession,
  { onBadRecord }: SourceTask,
  decoded: DecodedSource,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made }> {
  const { target, lines } = decoded;
  const compute = () => steps.compute((survey) => askRows(survey, target, lines));
  try {
    await timer.timed('compute', () => makeSourceRows(session, decoded));
    // Records are bad so rarely that the operators run first; what they make of rows of NULLs is thrown away.
    let failure: unknown = null;
    let rows = await compute().catch(async (error: unknown) => {
      if (toMillraceError(error).code === 'CANCELLED') throw error;
      failure = error;
      return await surveyRows(session, target, lines);
    });
    const { bad, badRecords } =
      rows.empty > 0
        ? await timer.timed('compute', () => setBadAside(session, decoded, onBadRecord))
        : { bad: 0, badRecords: [] };
    if (bad > 0) rows = await compute();
    else if (failure !== null) throw failure;
    if (rows.count !== lines.count - bad)
      throw new MillraceError('INTERNAL', `${lines.count - bad} records were read as ${rows.count} rows.`);
    const made = await steps.output();
    return { read: { ...sizeOf(lines), eventTimes: rows.eventTimes, badRecords, badRecordCount: bad }, made };
  } finally {
    await dropRows(session, target, lines);
  }
}

function askEventTimes(
  survey: Survey,
  { eventTimeSql }: SourceInput,
  lines: RecordLines,
): () => LaneTaskResult['eventTimes'] {
  if (eventTimeSql === null) return () => [];
  const answer = survey.ask(`SELECT epoch_ms((${eventTimeSql}))`);
  return () => {
    const [maxMs = null] = answer();
    if (maxMs === null) return [];
    return lines.ranges.map(({ source, topic, partition }) => ({ source, topic, partition, maxMs }));
  };
}
