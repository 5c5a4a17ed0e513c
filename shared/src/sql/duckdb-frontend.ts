import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { FunctionCatalog, SqlError, SqlFrontend } from './frontend.ts';
import { literal } from './quote.ts';
import { tryTable } from './try-table.ts';

/** DESCRIBE and json_serialize_sql touch no rows; this bounds what a hostile query text can make the binder take. */
const MEMORY_MAX = '256MB';

const DESCRIBE = 'DESCRIBE ';

/** Opens a DuckDB of its own, in memory, without files, network or extensions. The one impure file of the compiler. */
export async function openDuckDbFrontend(): Promise<SqlFrontend> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_MAX });
  const connection = await instance.connect();
  const catalog = await readCatalog(connection);
  for (const setting of [
    "TimeZone='UTC'",
    'autoinstall_known_extensions=false',
    'autoload_known_extensions=false',
    'errors_as_json=true',
    'enable_external_access=false',
    'lock_configuration=true',
  ]) {
    await connection.run(`SET ${setting}`);
  }
  const exclusively = oneAtATime();
  return {
    catalog,
    serialize: (sql) => exclusively(() => serialize(connection, sql)),
    deserialize: (ast) =>
      exclusively(async () => (await row(connection, `SELECT json_deserialize_sql(${literal(ast)})`))[0]!),
    describe: (ddl, sql) => exclusively(() => describe(connection, ddl, sql)),
    evaluate: (sql) =>
      exclusively(async () => {
        try {
          return { ok: true, values: await row(connection, sql) };
        } catch (thrown) {
          return { ok: false, error: toSqlError(thrown, 0) };
        }
      }),
    tryTable,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function row(connection: DuckDBConnection, sql: string): Promise<(string | null)[]> {
  const reader = await connection.runAndReadAll(sql);
  return (reader.getRowsJson()[0] ?? []).map((value) => (value === null ? null : String(value)));
}

async function serialize(connection: DuckDBConnection, sql: string): ReturnType<SqlFrontend['serialize']> {
  const [ast] = await row(connection, `SELECT json_serialize_sql(${literal(sql)})`);
  const error = /^\{"error":true/.test(ast!)
    ? (JSON.parse(ast!) as { error_message: string; position?: string })
    : null;
  if (error === null) return { ok: true, ast: ast! };
  const position = error.position === undefined ? null : Number(error.position);
  return { ok: false, error: { message: error.error_message, position, kind: 'SYNTAX', name: null, candidates: [] } };
}

async function describe(
  connection: DuckDBConnection,
  ddl: readonly string[],
  sql: string,
): ReturnType<SqlFrontend['describe']> {
  // The tables live in a transaction that is always rolled back, so calls leave nothing behind.
  await connection.run('BEGIN');
  try {
    for (const statement of ddl) await connection.run(statement);
    const reader = await connection.runAndReadAll(DESCRIBE + sql);
    return {
      ok: true,
      columns: reader.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) })),
    };
  } catch (thrown) {
    return { ok: false, error: toSqlError(thrown, DESCRIBE.length) };
  } finally {
    await connection.run('ROLLBACK');
  }
}

function toSqlError(thrown: unknown, prefixBytes: number): SqlError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const fallback = { message: text, position: null, kind: '', name: null, candidates: [] };
  if (!text.startsWith('{')) return fallback;
  const fields = JSON.parse(text) as Record<string, string | undefined>;
  return {
    message: fields.exception_message ?? text,
    position: fields.position === undefined ? null : Number(fields.position) - prefixBytes,
    kind: fields.error_subtype ?? fields.exception_type ?? '',
    name: fields.name ?? null,
    candidates: (fields.candidates ?? '').split(',').filter((candidate) => candidate !== ''),
  };
}

async function readCatalog(connection: DuckDBConnection): Promise<FunctionCatalog> {
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT lower(function_name), function_type, stability, coalesce(macro_definition, '') FROM duckdb_functions()
     WHERE function_type IN ('aggregate', 'scalar', 'macro')`,
  );
  const rows = reader.getRowsJson().map((values) => values.map(String)) as [string, string, string, string][];
  const namesWhere = (test: (type: string, stability: string) => boolean) =>
    new Set(rows.filter(([, type, stability]) => test(type, stability)).map(([name]) => name));
  const aggregates = namesWhere((type) => type === 'aggregate');
  const callsAggregate = (definition: string) =>
    [...definition.matchAll(/([a-z_]\w*)\s*\(/gi)].some(([, name]) => aggregates.has(name!.toLowerCase()));
  const macros = rows.filter(([, type, , definition]) => type === 'macro' && callsAggregate(definition));
  const aggregateMacros = new Map(macros.map(([name, , , definition]) => [name, definition]));
  // Macros over such macros (wavg over weighted_avg) aggregate as well.
  for (const [name, type, , definition] of rows) {
    if (type === 'macro' && [...aggregateMacros.keys()].some((inner) => definition.includes(`${inner}(`))) {
      aggregateMacros.set(name, definition);
    }
  }
  const unstable = namesWhere((type, stability) => type === 'scalar' && /VOLATILE|WITHIN_QUERY/.test(stability));
  for (const [name, type, , definition] of rows) {
    const words = type === 'macro' ? (definition.toLowerCase().match(/\w+/g) ?? []) : [];
    if (words.some((word) => unstable.has(word) || word.startsWith('current_'))) unstable.add(name);
  }
  return { aggregates, unstable, aggregateMacros };
}

/** One statement at a time per connection. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
