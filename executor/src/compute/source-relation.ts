import type { SourcePlan } from '@millrace/shared/plan';
import type { RecordLines } from '../read/slice-lines.ts';
import { fillMetadata } from './record-metadata.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';
import { openSurvey, type Survey } from './survey.ts';

/** What read_json allows one object to take unless told otherwise. */
const OBJECT_BYTES_DEFAULT = 16 * 1024 * 1024;

const METADATA_TABLE = '__metadata';

/** More rows than any file has: the largest LIMIT there is. */
const ROWS_ALL = '9223372036854775807';

export type SourceRelation = { relation: string; source: SourcePlan };

/** The records of a task, written as lines: `longestBytes` is a length that none of them exceeds. */
export type WrittenSource = {
  target: SourceRelation;
  lines: RecordLines;
  file: { path: string };
  longestBytes: number;
};

/** A table of so few rows is left for the next task to replace: dropping it costs more than its memory. */
const ROWS_KEPT_MAX = 20_000;

/**
 * Makes the relation over a table: the source's columns, then its metadata, a row a record, rowid in record order.
 * The relation is always a view, so that the next task may put another in its place.
 */
export async function makeSourceRows(session: SqlSession, written: WrittenSource): Promise<void> {
  const { target, lines } = written;
  const { relation, source } = target;
  const hasMetadata = source.metadata.length > 0;
  if (hasMetadata) await fillMetadata(session, METADATA_TABLE, source.metadata, lines);
  const from: string[] = [];
  if (source.columns.length > 0) from.push(readLines(written));
  if (hasMetadata) from.push(METADATA_TABLE);
  const columns = [
    ...source.columns.map(({ name, expression }) => `${expression} AS ${quoteName(name)}`),
    ...source.metadata.map(({ name }) => `${METADATA_TABLE}.${quoteName(name)}`),
  ];
  await session.later(
    `CREATE OR REPLACE TEMP TABLE ${rowsOf(target)} AS SELECT ${columns.join(', ')} FROM ${from.join(' POSITIONAL JOIN ')}`,
    { source: source.name, relation },
  );
  await session.view(relation, `FROM ${rowsOf(target)}`);
}

/** Gives the memory of the table back, where that is worth a statement. */
export async function dropRows(session: SqlSession, target: SourceRelation, lines: RecordLines): Promise<void> {
  if (lines.count > ROWS_KEPT_MAX) await session.run(`DROP TABLE IF EXISTS ${rowsOf(target)}`);
}

const rowsOf = ({ relation }: SourceRelation): string => quoteName(`${relation}_rows`);

/**
 * The same relation parsed while it is read, for statements that read it once: the table costs a tenth of the whole
 * task. A row of NULLs, which only the table can tell apart (see bad-records.ts), fails the statement. The LIMIT keeps
 * filters of the query from being tried before that check.
 */
export async function makeSourceView(session: SqlSession, written: WrittenSource): Promise<void> {
  const { relation, source } = written.target;
  const columns = source.columns.map(({ name, expression }) => `${expression} AS ${quoteName(name)}`);
  await session.view(
    relation,
    `SELECT ${columns.join(', ')} FROM (SELECT * FROM ${readLines(written)} ` +
      `WHERE CASE WHEN ${allNull(source)} THEN error('a row of NULLs') ELSE true END LIMIT ${ROWS_ALL})`,
  );
}

/** The lines of the scratch file as a table function; a line that cannot be parsed is a row of NULLs. */
function readLines({ target: { source }, file, longestBytes }: WrittenSource): string {
  const columns = source.columns.map(({ name, jsonType }) => `${quoteName(name)}: ${quoteText(jsonType)}`);
  const size = longestBytes > OBJECT_BYTES_DEFAULT ? `, maximum_object_size = ${longestBytes}` : '';
  return (
    `read_json(${quoteText(file.path)}, format = 'newline_delimited', records = true, ignore_errors = true` +
    `${size}, columns = {${columns.join(', ')}})`
  );
}

/** Rows whose parsed columns are all NULL, in order: malformed, or objects without any of the fields. */
export async function emptyRows(session: SqlSession, target: SourceRelation): Promise<number[]> {
  const rows = await session.rows(`SELECT rowid FROM ${rowsOf(target)} WHERE ${allNull(target.source)}`);
  return rows.map(([rowid]) => Number(rowid)).sort((a, b) => a - b);
}

const allNull = (source: SourcePlan): string =>
  source.columns.map(({ name }) => `${quoteName(name)} IS NULL`).join(' AND ');

export async function deleteRows(session: SqlSession, target: SourceRelation, rows: readonly number[]): Promise<void> {
  await session.run(`DELETE FROM ${rowsOf(target)} WHERE rowid IN (${rows.join(', ')})`);
}

export type SourceRows = {
  count: number;
  /** As many as `emptyRows` would find; 0 for a source without columns. */
  empty: number;
  /** The highest event time of each range, ms; ranges without one are left out. */
  eventTimes: { source: string; topic: string; partition: number; maxMs: number }[];
};

/** Asks what there is to know of the table of rows. */
export function askRows(survey: Survey, target: SourceRelation, lines: RecordLines): () => SourceRows {
  const { source } = target;
  const ranges = lines.ranges.filter(({ firstLine, untilLine }) => untilLine > firstLine);
  const timed = source.eventTimeColumn === null ? [] : ranges;
  const empty = source.columns.length === 0 ? '0' : `count(*) FILTER (WHERE ${allNull(source)})`;
  const maxima = timed.map(({ firstLine, untilLine }) => {
    const part = ranges.length === 1 ? '' : ` FILTER (WHERE rowid >= ${firstLine} AND rowid < ${untilLine})`;
    return `epoch_ms(max(${quoteName(source.eventTimeColumn!)})${part})`;
  });
  const answer = survey.ask(
    `SELECT count(*), ${[empty, ...maxima].join(', ')} FROM ${rowsOf(target)}`,
    maxima.length + 2,
  );
  return () => {
    const [count, emptyCount, ...maxMs] = answer();
    return {
      count: count!,
      empty: emptyCount!,
      eventTimes: timed.flatMap(({ source: name, topic, partition }, index) => {
        const max = maxMs[index] ?? null;
        return max === null ? [] : [{ source: name, topic, partition, maxMs: max }];
      }),
    };
  };
}

export async function surveyRows(session: SqlSession, target: SourceRelation, lines: RecordLines): Promise<SourceRows> {
  const survey = openSurvey();
  const answer = askRows(survey, target, lines);
  await survey.take(session);
  return answer();
}
