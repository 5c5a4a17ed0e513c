import type { DuckDBConnection } from '@duckdb/node-api';
import type { NexmarkQuery } from '../../../examples/nexmark/queries.ts';
import { accumulatedSql, CHANGELOG_WEIGHT } from './accumulate.ts';

export type Comparison = {
  /** Rows of DuckDB's answer, and records that the job wrote. */
  rows: number;
  records: number;
  /** Rows of either side that the other does not have. */
  missing: number;
  surplus: number;
  /** Some of those, for the eye. */
  sample: string[];
};

type Column = { name: string; type: string };

const SAMPLE_ROWS = 3;
/** Digits in which doubles must agree: sums of doubles depend on their order. */
const DOUBLE_DIGITS = 9;
/** DuckDB reads a fraction in JSON as a double, whose text has all digits of a price: cast from that, it is the decimal again. */
const READ_AS_TEXT = /^(DECIMAL|HUGEINT|UHUGEINT)/;

/**
 * Compares DuckDB's answer to `sql` over `events` with what accumulates from the records of the output topic, a file of NDJSON:
 * `{partition, offset, key, row}`.
 */
export async function compareAnswers(
  connection: DuckDBConnection,
  query: NexmarkQuery,
  { sql, recordsPath }: { sql: string; recordsPath: string },
): Promise<Comparison> {
  const columns = await describe(connection, sql);
  const compared = query.comparedAs ?? 'SELECT * FROM answer';
  const select = (answer: string) => `WITH answer AS (${answer}) ${compared}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE truth AS ${select(sql)}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE records AS ${recordsSql(query, columns, recordsPath)}`);
  const fields = columns.map(({ name, type }) => `row."${name}"::${type} AS "${name}"`).join(', ');
  const accumulated = `SELECT ${fields}, weight FROM (${accumulatedSql(query.output)})`;
  // Rows that are read otherwise than they are written all count once.
  const weighted = query.comparedAs ? `SELECT *, 1 AS weight FROM (${select(accumulated)})` : accumulated;
  await connection.run(`CREATE OR REPLACE TEMP TABLE result AS ${weighted}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE differences AS ${await differencesSql(connection)}`);
  const one = async (text: string) => Number((await connection.runAndReadAll(text)).getRows()[0]![0] ?? 0);
  return {
    rows: await one('SELECT count(*) FROM truth'),
    records: await one('SELECT count(*) FROM records'),
    missing: await one('SELECT sum(weight) FROM differences WHERE weight > 0'),
    surplus: await one('SELECT -sum(weight) FROM differences WHERE weight < 0'),
    sample: await sampleRows(connection),
  };
}

async function describe(connection: DuckDBConnection, sql: string): Promise<Column[]> {
  const rows = (await connection.runAndReadAll(`DESCRIBE ${sql}`)).getRowObjects();
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

function recordsSql({ output }: NexmarkQuery, columns: readonly Column[], path: string): string {
  const fields = columns.map(({ name, type }) => `"${name}" ${READ_AS_TEXT.test(type) ? 'VARCHAR' : type}`);
  if (output.mode === 'changelog') fields.push(`"${CHANGELOG_WEIGHT.column}" ${CHANGELOG_WEIGHT.type}`);
  return `SELECT * FROM read_json('${path}', format = 'newline_delimited', records = true,
    columns = {partition: 'INTEGER', "offset": 'BIGINT', key: 'VARCHAR', row: 'STRUCT(${fields.join(', ')})'})`;
}

/** Rows that do not come out even, with how many more of them the truth has. */
async function differencesSql(connection: DuckDBConnection): Promise<string> {
  const columns = await describe(connection, 'SELECT * FROM truth');
  const comparable = columns.map(({ name, type }) => {
    return type === 'DOUBLE' ? `printf('%.${DOUBLE_DIGITS - 1}e', "${name}") AS "${name}"` : `"${name}"`;
  });
  const list = comparable.join(', ');
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return `SELECT ${names}, sum(once)::BIGINT AS weight FROM (
      SELECT ${list}, 1 AS once FROM truth UNION ALL SELECT ${list}, -weight FROM result
    ) GROUP BY ${names} HAVING sum(once) <> 0`;
}

async function sampleRows(connection: DuckDBConnection): Promise<string[]> {
  const side = "CASE WHEN weight > 0 THEN 'missing ' ELSE 'surplus ' END";
  const reader = await connection.runAndReadAll(
    `SELECT ${side} || to_json(differences)::VARCHAR AS line FROM differences ORDER BY line LIMIT ${SAMPLE_ROWS}`,
  );
  return reader.getRows().map(([line]) => String(line));
}
