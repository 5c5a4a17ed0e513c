import { MillraceError } from '@millrace/shared/errors';
import type { SourcePlan } from '@millrace/shared/plan';
import type { RecordLines } from '../read/slice-lines.ts';
import { fillMetadata } from './record-metadata.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';

/** What read_json allows one object to take unless told otherwise. */
const OBJECT_BYTES_DEFAULT = 16 * 1024 * 1024;

const METADATA_TABLE = '__metadata';

/** More rows than any file has: the largest LIMIT there is. */
const ROWS_ALL = '9223372036854775807';

export type SourceRelation = { relation: string; source: SourcePlan };

/** The scratch file of lines, and a length that none of them exceeds. */
export type WrittenLines = { path: string; longestBytes: number };

/** Makes the table `relation`: the source's columns, then its metadata, a row a record, rowid in record order. */
export async function makeSourceRelation(
  session: SqlSession,
  { relation, source }: SourceRelation,
  lines: RecordLines,
  written: WrittenLines,
): Promise<void> {
  const hasMetadata = source.metadata.length > 0;
  if (hasMetadata) await fillMetadata(session, METADATA_TABLE, source.metadata, lines);
  const from: string[] = [];
  if (source.columns.length > 0) from.push(readLines(source, written));
  if (hasMetadata) from.push(METADATA_TABLE);
  const columns = [
    ...source.columns.map(({ name, expression }) => `${expression} AS ${quoteName(name)}`),
    ...source.metadata.map(({ name }) => `${METADATA_TABLE}.${quoteName(name)}`),
  ];
  const rows = await session.rows(
    `CREATE OR REPLACE TEMP TABLE ${quoteName(relation)} AS SELECT ${columns.join(', ')} FROM ${from.join(' POSITIONAL JOIN ')}`,
    { source: source.name, relation },
  );
  const made = Number(rows[0]?.[0] ?? 0);
  if (made !== lines.count) {
    throw new MillraceError('INTERNAL', `${lines.count} records of ${source.name} were read as ${made} rows.`);
  }
}

/**
 * The same relation as a view that parses while it is read, for statements that read it once: the table costs a tenth of
 * the whole task. A row of NULLs, which only the table can tell apart (see bad-records.ts), fails the statement. The LIMIT keeps
 * filters of the query from being tried before that check.
 */
export async function makeSourceView(
  session: SqlSession,
  { relation, source }: SourceRelation,
  written: WrittenLines,
): Promise<void> {
  const columns = source.columns.map(({ name, expression }) => `${expression} AS ${quoteName(name)}`);
  await session.run(
    `CREATE OR REPLACE TEMP VIEW ${quoteName(relation)} AS SELECT ${columns.join(', ')} FROM (SELECT * FROM ${readLines(source, written)} ` +
      `WHERE CASE WHEN ${allNull(source)} THEN error('a row of NULLs') ELSE true END LIMIT ${ROWS_ALL})`,
  );
}

/** The lines of the scratch file as a table function; a line that cannot be parsed is a row of NULLs. */
function readLines(source: SourcePlan, { path, longestBytes }: WrittenLines): string {
  const columns = source.columns.map(({ name, jsonType }) => `${quoteName(name)}: ${quoteText(jsonType)}`);
  const size = longestBytes > OBJECT_BYTES_DEFAULT ? `, maximum_object_size = ${longestBytes}` : '';
  return (
    `read_json(${quoteText(path)}, format = 'newline_delimited', records = true, ignore_errors = true` +
    `${size}, columns = {${columns.join(', ')}})`
  );
}

/** Rows whose parsed columns are all NULL, in order: malformed, or objects without any of the fields. */
export async function emptyRows(session: SqlSession, { relation, source }: SourceRelation): Promise<number[]> {
  const rows = await session.rows(`SELECT rowid FROM ${quoteName(relation)} WHERE ${allNull(source)}`);
  return rows.map(([rowid]) => Number(rowid)).sort((a, b) => a - b);
}

const allNull = (source: SourcePlan): string =>
  source.columns.map(({ name }) => `${quoteName(name)} IS NULL`).join(' AND ');

export async function deleteRows(
  session: SqlSession,
  { relation }: SourceRelation,
  rows: readonly number[],
): Promise<void> {
  await session.run(`DELETE FROM ${quoteName(relation)} WHERE rowid IN (${rows.join(', ')})`);
}

type EventTimes = { source: string; topic: string; partition: number; maxMs: number }[];

/**
 * In one statement, since small tasks are mostly statements: how many rows `emptyRows` would find (0 for a source without
 * columns), and the highest event time of each range, ms; ranges without one are left out.
 */
export async function surveyRows(
  session: SqlSession,
  { relation, source }: SourceRelation,
  lines: RecordLines,
): Promise<{ empty: number; eventTimes: EventTimes }> {
  const ranges = lines.ranges.filter(({ firstLine, untilLine }) => untilLine > firstLine);
  const timed = source.eventTimeColumn === null ? [] : ranges;
  const empty = source.columns.length === 0 ? '0' : `count(*) FILTER (WHERE ${allNull(source)})`;
  const maxima = timed.map(({ firstLine, untilLine }) => {
    const part = ranges.length === 1 ? '' : ` FILTER (WHERE rowid >= ${firstLine} AND rowid < ${untilLine})`;
    return `epoch_ms(max(${quoteName(source.eventTimeColumn!)})${part})`;
  });
  const [row = []] = await session.rows(`SELECT ${[empty, ...maxima].join(', ')} FROM ${quoteName(relation)}`);
  const eventTimes = timed.flatMap(({ source: name, topic, partition }, index) => {
    const maxMs = row[index + 1] ?? null;
    return maxMs === null ? [] : [{ source: name, topic, partition, maxMs: Number(maxMs) }];
  });
  return { empty: Number(row[0] ?? 0), eventTimes };
}
