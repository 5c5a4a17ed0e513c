import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { SourceInput } from '@millrace/shared/plan';
import type { LaneTaskResult, LaneTimer } from '../lanes/messages.ts';
import type { RecordLines } from '../read/slice-lines.ts';
import { setAside } from './bad-records.ts';
import { inspectRows } from './inspect-rows.ts';
import {
  type DecodedSource,
  decodeSource,
  eventTimeMaxOf,
  type SourceRead,
  type SourceReader,
  type SourceTask,
} from './read-source.ts';
import { askRows, deleteRows, dropRows, makeSourceRows, makeSourceView, type SourceRows } from './source-relation.ts';
import type { SqlSession } from './sql-session.ts';
import type { Survey } from './survey.ts';

/** What follows once the input relation of a source stage is in place. Both may have to be done again. */
export type SourceSteps<Made> = {
  /** Runs the operators, then one survey with the questions that `ask` adds. */
  compute<Facts>(ask: (survey: Survey) => () => Facts): Promise<Facts>;
  output(): Promise<Made>;
};

/**
 * Decodes the records of a task and takes the steps over them. Records are nearly always as declared, so they are read
 * exactly, which costs nothing and fails at the first that is not. When that fails, for whatever reason, they are read
 * leniently and looked at one by one; what is wrong with the query itself then fails a second time. The result is the same either way.
 */
export async function runSourceStage<Made>(
  session: SqlSession,
  task: SourceTask,
  reader: SourceReader,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made }> {
  const decoded = timer.timedSync('decode', () => decodeSource(task, reader));
  const { trust } = reader;
  const { name } = task.source;
  try {
    if (trust.deserves(name)) {
      const trusted = await trustRecords(session, task, decoded, steps, timer);
      if (trusted !== null) {
        trust.kept(name);
        return trusted;
      }
      trust.broken(name);
    }
    return await inspectRecords(session, task, decoded, steps, timer);
  } finally {
    await dropRows(session, decoded.target, decoded.lines);
  }
}

/** Null: some record needs a closer look. */
async function trustRecords<Made>(
  session: SqlSession,
  task: SourceTask,
  decoded: DecodedSource,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made } | null> {
  const { target, lines } = decoded;
  // The first bad record is to be named, and these are only the ones that need no parser.
  if (task.policy.onBadRecord === 'fail' && lines.unreadable.length > 0) return null;
  const aside = setAside(lines, lines.unreadable, task.policy);
  const out = linesLeftOut(decoded, lines.unreadable);
  const streams = canStream(task.input, decoded);
  try {
    await timer.timed('compute', async () => {
      if (streams) return await makeSourceView(session, decoded);
      await makeSourceRows(session, decoded, 'exact');
      await deleteRows(session, target, out);
    });
    const rows = await steps.compute((survey) =>
      streams ? askEventTimes(survey, task.input, lines) : askRows(survey, target, lines),
    );
    expectRows(rows, lines.count - out.length);
    if (rows.refused > 0) return null;
    const maxMs = eventTimeMaxOf(task);
    if (maxMs !== null && rows.eventTimes.some((time) => time.maxMs > maxMs)) return null;
    const made = await steps.output();
    return { read: { ...sizeOf(lines), ...aside, eventTimes: rows.eventTimes, nullFields: 0 }, made };
  } catch (error) {
    if (toMillraceError(error).code === 'CANCELLED') throw error;
    return null;
  }
}

/** Rows of changes are looked at, metadata is joined by position, and the event times of several ranges are told apart by it: all that needs the table. */
function canStream(input: SourceInput, { target: { source }, lines }: DecodedSource): boolean {
  const timeIsKnown = source.eventTimeColumn === null || (input.eventTimeSql !== null && lines.ranges.length === 1);
  const onlyLines = source.columns.length > 0 && source.metadata.length === 0 && lines.unreadable.length === 0;
  return input.readOnce && source.changes === undefined && onlyLines && timeIsKnown && lines.count > 0;
}

/** Errors: BAD_RECORD, and what is wrong with the query. */
async function inspectRecords<Made>(
  session: SqlSession,
  task: SourceTask,
  decoded: DecodedSource,
  steps: SourceSteps<Made>,
  timer: LaneTimer,
): Promise<{ read: SourceRead; made: Made }> {
  const { target, lines } = decoded;
  const { bad, nullFields } = await timer.timed('compute', async () => {
    await makeSourceRows(session, decoded, 'lenient');
    return await inspectRows(session, decoded, task);
  });
  const aside = setAside(lines, bad, task.policy);
  const out = linesLeftOut(decoded, bad);
  await timer.timed('compute', () => deleteRows(session, target, out));
  const rows = await steps.compute((survey) => askRows(survey, target, lines));
  expectRows(rows, lines.count - out.length);
  const made = await steps.output();
  return { read: { ...sizeOf(lines), ...aside, eventTimes: rows.eventTimes, nullFields }, made };
}

const sizeOf = (lines: RecordLines) => ({ records: lines.count, bytes: lines.valueBytes });

/** Lines that become no rows, each once. */
function linesLeftOut({ target, lines }: DecodedSource, bad: readonly { line: number }[]): number[] {
  const skipped = target.source.changes?.tombstones === 'skip' ? lines.tombstones : [];
  return [...new Set([...bad.map(({ line }) => line), ...skipped])];
}

/** Read on the way rows are not counted, but a line that is lost to a malformed one is an error there. */
function expectRows({ count }: SourceRows, expected: number): void {
  if (count === null || count === expected) return;
  throw new MillraceError('INTERNAL', `${expected} records were read as ${count} rows.`);
}

function askEventTimes(survey: Survey, { eventTimeSql }: SourceInput, lines: RecordLines): () => SourceRows {
  if (eventTimeSql === null) return () => ({ count: null, refused: 0, eventTimes: [] });
  const answer = survey.ask(`SELECT epoch_ms((${eventTimeSql}))`);
  return () => {
    const [maxMs = null] = answer();
    const eventTimes: LaneTaskResult['eventTimes'] =
      maxMs === null ? [] : lines.ranges.map(({ source, topic, partition }) => ({ source, topic, partition, maxMs }));
    return { count: null, refused: 0, eventTimes };
  };
}
