import type { SourceChanges, SourceColumn, SourcePlan } from '@millrace/shared/plan';
import type { RangeLines, RecordLines } from '../read/slice-lines.ts';
import { fillMetadata } from './record-metadata.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';
import type { Survey } from './survey.ts';

/** What read_json allows one object to take unless told otherwise. */
const OBJECT_BYTES_DEFAULT = 16 * 1024 * 1024;

const METADATA_TABLE = '__metadata';

export type SourceRelation = { relation: string; source: SourcePlan };

/** The records of a task, written as lines: `longestBytes` is a length that none of them exceeds. */
export type WrittenSource = {
  target: SourceRelation;
  lines: RecordLines;
  file: { path: string };
  longestBytes: number;
};

/**
 * How read_json takes what is not as declared. `exact`: as an error, of a malformed line, a wrong type, a field that is there
 * twice. `lenient`: as NULL, of the first of them. What `exact` lets pass reads the same either way.
 */
export type Reading = 'exact' | 'lenient';

/** A table of so few rows is left for the next task to replace: dropping it costs more than its memory. */
const ROWS_KEPT_MAX = 20_000;

/**
 * Makes the relation over a table: the source's columns, then its metadata, a row a record, rowid in record order.
 * The relation is always a view, so that the next task may put another in its place.
 */
export async function makeSourceRows(session: SqlSession, written: WrittenSource, reading: Reading): Promise<void> {
  const { target, lines } = written;
  const { relation, source } = target;
  const hasMetadata = source.metadata.length > 0;
  if (hasMetadata) await fillMetadata(session, METADATA_TABLE, source.metadata, lines);
  const from: string[] = [];
  if (source.columns.length > 0) from.push(readLines(written, reading));
  if (hasMetadata) from.push(METADATA_TABLE);
  const columns = [
    ...source.columns.map((column) => `${expressionOf(column, reading)} AS ${quoteName(column.name)}`),
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

/** Name of the table, quoted. */
export const rowsOf = ({ relation }: SourceRelation): string => quoteName(`${relation}_rows`);

/** A number that is no time, however right its type, fails an exact reading and is NULL to a lenient one. */
const expressionOf = ({ name, expression }: SourceColumn, reading: Reading): string =>
  reading === 'exact' || expression === quoteName(name) ? expression : `TRY(${expression})`;

/**
 * The same relation parsed while it is read, exactly, for statements that read it once: the table costs a tenth of the
 * whole task. The condition is always true; it keeps columns from being left unread, and so unchecked, that a statement
 * does not need.
 */
export async function makeSourceView(session: SqlSession, written: WrittenSource): Promise<void> {
  const { relation, source } = written.target;
  const columns = source.columns.map(({ name, expression }) => `${expression} AS ${quoteName(name)}`);
  await session.view(
    relation,
    `SELECT ${columns.join(', ')} FROM ${readLines(written, 'exact')} WHERE (${allNull(source)}) IS NOT NULL`,
  );
}

/** The lines of the scratch file as a table function, in order. */
export function readLines(
  { target: { source }, file, longestBytes }: WrittenSource,
  reading: Reading,
  fields: readonly Pick<SourceColumn, 'name' | 'jsonType'>[] = source.columns,
): string {
  const columns = fields.map(({ name, jsonType }) => `${quoteName(name)}: ${quoteText(jsonType)}`);
  const size = longestBytes > OBJECT_BYTES_DEFAULT ? `, maximum_object_size = ${longestBytes}` : '';
  return (
    `read_json(${quoteText(file.path)}, format = 'newline_delimited', records = true, ` +
    `ignore_errors = ${reading === 'lenient'}${size}, columns = {${columns.join(', ')}})`
  );
}

/** True of rows whose parsed columns are all NULL: malformed, or objects without any of the fields. */
export const allNull = (source: SourcePlan): string =>
  source.columns.map(({ name }) => `${quoteName(name)} IS NULL`).join(' AND ');

export async function deleteRows(session: SqlSession, target: SourceRelation, rows: readonly number[]): Promise<void> {
  if (rows.length > 0) await session.later(`DELETE FROM ${rowsOf(target)} WHERE rowid IN (${rows.join(', ')})`);
}

export type SourceRows = {
  /** Null where they were not counted. */
  count: number | null;
  /** Rows that do not meet the source's checks. */
  refused: number;
  /** The highest event time of each range, ms; ranges without one are left out. */
  eventTimes: { source: string; topic: string; partition: number; maxMs: number }[];
};

/** Asks what there is to know of the table of rows. */
export function askRows(survey: Survey, target: SourceRelation, lines: RecordLines): () => SourceRows {
  const column = target.source.eventTimeColumn;
  const ranges = lines.ranges.filter(({ firstLine, untilLine }) => untilLine > firstLine);
  const timed = column === null ? [] : ranges;
  const ask = timed.length > RANGES_FILTERED_MAX ? askByJoin : askByFilter;
  const answer = ask(survey, rowsOf(target), quoteName(column ?? ''), timed);
  const { changes } = target.source;
  const refused =
    changes && survey.ask(`SELECT count(*) FROM ${rowsOf(target)} WHERE (${meetsChecks(changes)}) IS NOT TRUE`);
  return () => {
    const [count, ...maxima] = answer();
    return {
      count: count ?? null,
      refused: refused?.()[0] ?? 0,
      eventTimes: timed.flatMap(({ source, topic, partition }, index) => {
        const maxMs = maxima[index] ?? null;
        return maxMs === null ? [] : [{ source, topic, partition, maxMs }];
      }),
    };
  };
}

const meetsChecks = ({ checks }: SourceChanges): string => checks.map(({ sql }) => `(${sql})`).join(' AND ');

/** A thousand filtered aggregates take DuckDB 8 s, the join 20 ms; a few of them are cheaper than it. */
const RANGES_FILTERED_MAX = 16;

/** Asks for the number of rows, then for the highest time of each range, in order. */
type AskTimes = (
  survey: Survey,
  rows: string,
  column: string,
  ranges: readonly RangeLines[],
) => () => (number | null)[];

const askByFilter: AskTimes = (survey, rows, column, ranges) => {
  const maxima = ranges.map(({ firstLine, untilLine }) => {
    const part = ranges.length === 1 ? '' : ` FILTER (WHERE rowid >= ${firstLine} AND rowid < ${untilLine})`;
    return `epoch_ms(max(${column})${part})`;
  });
  return survey.ask(`SELECT ${['count(*)', ...maxima].join(', ')} FROM ${rows}`, maxima.length + 1);
};

const askByJoin: AskTimes = (survey, rows, column, ranges) => {
  const count = survey.ask(`SELECT count(*) FROM ${rows}`);
  const starts = `SELECT unnest([${ranges.map(({ firstLine }) => firstLine).join(', ')}]) AS line`;
  const maxima = `SELECT began.line, epoch_ms(max(present.${column})) AS ms FROM ${rows} AS present ASOF JOIN (${starts}) AS began ON present.rowid >= began.line GROUP BY began.line`;
  const pairs = survey.askList(`SELECT flatten(list([line, ms])) FROM (${maxima})`);
  return () => {
    const found = pairs();
    const msOf = new Map(found.flatMap((line, at) => (at % 2 === 0 ? [[line, found[at + 1] ?? null] as const] : [])));
    return [...count(), ...ranges.map(({ firstLine }) => msOf.get(firstLine) ?? null)];
  };
};
