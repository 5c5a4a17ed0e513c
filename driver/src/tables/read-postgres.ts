import { open } from 'node:fs/promises';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { type ColumnSpec, type FetchedTable, type PostgresAddress, readPostgresUrl } from '@millrace/shared/spec';
import { Client, type QueryConfig } from 'pg';
import { badTable, createSizeGuard } from './bad-table.ts';
import type { ReadRows } from './table-loader.ts';

type Origin = { url: string; query: string };
type Wanted = Pick<FetchedTable, 'name' | 'columns'>;

const CONNECT_TIMEOUT_MS = 10_000;
/** A query that takes longer would not keep up with any interval worth having. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;
/** One answer: a thousand rows of a kilobyte are a megabyte. */
const ROWS_PER_FETCH = 1_000;

/** The rows that the query gives, as JSON, a line each: one snapshot, read through a cursor. */
export function readPostgres(
  { url, query }: Origin,
  table: Wanted & Pick<FetchedTable, 'bytesMax'>,
  path: string,
  signal: AbortSignal,
): Promise<ReadRows> {
  return withDatabase(url, table.name, signal, async (run) => {
    const checkSize = createSizeGuard(table);
    await expectColumns(run, query, table);
    await run(`DECLARE millrace_rows NO SCROLL CURSOR FOR ${rowsAsJson(query, table.columns)}`);
    const file = await open(path, 'w');
    try {
      let bytes = 0;
      for (;;) {
        const rows = await run(`FETCH ${ROWS_PER_FETCH} FROM millrace_rows`);
        if (rows.length === 0) break;
        // A line break in valid JSON is only a blank, and one row is one line.
        const text = rows.map(([row]) => `${row!.replace(/[\r\n]/g, ' ')}\n`).join('');
        bytes += Buffer.byteLength(text);
        checkSize(bytes);
        await file.appendFile(text);
      }
    } finally {
      await file.close();
    }
    return { path, format: 'ndjson', mark: null, place: (line) => `row ${line} of the query's result` };
  });
}

/** That the database answers, and that the query has the columns of the table. */
export function checkPostgres({ url, query }: Origin, table: Wanted): Promise<void> {
  return withDatabase(url, table.name, AbortSignal.timeout(CONNECT_TIMEOUT_MS), (run) =>
    expectColumns(run, query, table),
  );
}

/** Runs one statement, and gives its rows, values as text. */
type Run = ((sql: string) => Promise<(string | null)[][]>) & { columnsOf(sql: string): Promise<string[]> };

async function withDatabase<T>(
  url: string,
  name: string,
  signal: AbortSignal,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const read = readPostgresUrl(url);
  if (!read.ok) throw badTable(name, `cannot be read: of its URL, ${read.message}`, 'mend postgres.url');
  const client = new Client(settings(read.address));
  // A connection that breaks is told to whoever waits for it; without a listener it would end the process.
  client.on('error', () => {});
  const leave = () => void client.end().catch(() => {});
  signal.addEventListener('abort', leave, { once: true });
  try {
    await client.connect();
    const query = (text: string) => {
      // Of several statements in one text none is run.
      const config = { text, rowMode: 'array', queryMode: 'extended', types: AS_TEXT } as const;
      return client.query<(string | null)[]>(config as QueryConfig & { rowMode: 'array' });
    };
    const run: Run = Object.assign(async (sql: string) => (await query(sql)).rows, {
      columnsOf: async (sql: string) => (await query(sql)).fields.map((field) => field.name),
    });
    await run('BEGIN READ ONLY');
    for (const setting of SETTINGS) await run(`SET LOCAL ${setting}`);
    return await work(run);
  } catch (thrown) {
    signal.throwIfAborted();
    throw asTableError(thrown, name);
  } finally {
    signal.removeEventListener('abort', leave);
    await client.end().catch(() => {});
  }
}

const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

/** How values are written, whatever the database or the user has set. */
const SETTINGS = ["TimeZone = 'UTC'", "DateStyle = 'ISO'", "IntervalStyle = 'postgres'", 'extra_float_digits = 1'];

/** Everything is said, so that nothing is looked for in variables and files of this machine. */
function settings({ host, port, user, password, database, tls }: PostgresAddress) {
  return {
    ...{ host, port, user, database },
    password: () => password,
    ssl: tls === 'none' ? false : { rejectUnauthorized: tls === 'verified' },
    application_name: 'millrace',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  };
}

async function expectColumns(run: Run, query: string, { name, columns }: Wanted): Promise<void> {
  const there = await run.columnsOf(`SELECT * FROM ${asRelation(query)} LIMIT 0`);
  const missing = columns.find((column) => !there.includes(column.name));
  if (missing) throw badTable(name, `has no column "${missing.name}"`, `its query gives ${there.join(', ')}`);
}

/** The line break ends a comment of the query. */
const asRelation = (query: string) => `(${query.trim().replace(/;\s*$/, '')}\n) AS millrace_query`;

/** Numbers as text: as JSON numbers they would be read with the digits of a double. */
function rowsAsJson(query: string, columns: readonly ColumnSpec[]): string {
  const items = columns.map(({ name, type }) => (isNested(type) ? quoted(name) : `${quoted(name)}::text`));
  const named = items.map((item, index) => `${item} AS ${quoted(columns[index]!.name)}`);
  return `SELECT row_to_json(millrace_row)::text FROM (SELECT ${named.join(', ')} FROM ${asRelation(query)}) AS millrace_row`;
}

const isNested = (type: string) => /\]$|^(STRUCT|MAP)\b|^JSON$/.test(type);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Classes of SQLSTATE that pass by themselves: connections, resources, an administrator's doing, a transaction's bad luck. */
const PASSING = /^(08|40|53|55|57|58)/;

function asTableError(thrown: unknown, name: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const { code, message } = thrown as { code?: unknown; message: string };
  const fromServer = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (thrown as object);
  if (fromServer && !PASSING.test(code))
    return badTable(
      name,
      `cannot be read: Postgres says: ${message}`,
      'mend postgres.url, postgres.query or the rights',
      thrown,
    );
  return new MillraceError(
    'TABLE_UNAVAILABLE',
    `the table ${name} cannot be read: ${toMillraceError(thrown).message}`,
    {
      hint: 'does Postgres run, and does it answer this machine?',
      details: { table: name },
      cause: thrown,
    },
  );
}
