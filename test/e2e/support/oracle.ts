import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { JobLogs } from './job-logs.ts';
import type { TextRow } from './rows.ts';
import type { TopicRecord } from './topics.ts';

/**
 * DuckDB's answer to a query over the whole topic of payments. It sees
 *   payments     partition, offset, user, amount, ts, country and, from the offset log, the watermark under which each
 *                record was read; records that are no JSON objects are left out
 *   tumbled      payments with window_start and window_end of 5 seconds, late ones left out
 *   late         those
 *   closed()     macro: whether the last watermark has closed a window
 */
export async function answerOf(query: string, topic: readonly TopicRecord[], logs: JobLogs): Promise<TextRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-oracle-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await load(connection, folder, topic, logs);
    return await rowsOf(connection, query);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

/** The rows that files hold, as texts. */
export async function rowsOfParquet(paths: readonly string[]): Promise<TextRow[]> {
  if (paths.length === 0) return [];
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const list = paths.map((path) => `'${path}'`).join(', ');
    return await rowsOf(connection, `SELECT * FROM read_parquet([${list}], hive_partitioning = false)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowsOf(connection: DuckDBConnection, query: string): Promise<TextRow[]> {
  const reader = await connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (${query})`);
  return reader.getRowObjectsJson() as TextRow[];
}

const WINDOW = "INTERVAL '5 seconds'";

async function load(
  connection: DuckDBConnection,
  folder: string,
  topic: readonly TopicRecord[],
  logs: JobLogs,
): Promise<void> {
  const records = topic.map(({ partition, offset, value }) => ({ partition, offset, value: String(value) }));
  const readings = logs.offsets
    .slice(0, logs.commits.length)
    .flatMap(({ ranges, watermarkMs }) =>
      ranges.map(({ partition, from, until }) => ({ partition, from_offset: from, until_offset: until, watermarkMs })),
    );
  const tables = [
    { name: 'records', columns: "{partition: 'INTEGER', \"offset\": 'BIGINT', value: 'VARCHAR'}", rows: records },
    {
      name: 'readings',
      columns: "{partition: 'INTEGER', from_offset: 'BIGINT', until_offset: 'BIGINT', watermarkMs: 'BIGINT'}",
      rows: readings,
    },
  ];
  for (const { name, columns, rows } of tables) {
    const path = join(folder, `${name}.ndjson`);
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await connection.run(
      `CREATE TABLE ${name} AS SELECT * FROM read_json('${path}', format = 'newline_delimited', columns = ${columns})`,
    );
  }
  const last = logs.commits.at(-1)?.watermarkMs ?? null;
  await connection.run(`
    CREATE TABLE payments AS
      SELECT partition, "offset", value->>'user' AS "user", CAST(value->>'amount' AS DECIMAL(12,2)) AS amount,
        epoch_ms(CAST(value->>'ts' AS BIGINT)) AS ts, value->>'country' AS country, epoch_ms(watermarkMs) AS watermark
      FROM (SELECT * FROM records WHERE json_valid(value)) AS records
      JOIN readings USING (partition)
      WHERE "offset" >= from_offset AND "offset" < until_offset;
    CREATE VIEW windows AS
      SELECT *, time_bucket(${WINDOW}, ts, TIMESTAMP '1970-01-01') AS window_start, window_start + ${WINDOW} AS window_end
      FROM payments;
    CREATE VIEW late AS SELECT * FROM windows WHERE window_end <= watermark;
    CREATE VIEW tumbled AS SELECT * FROM windows WHERE watermark IS NULL OR window_end > watermark;
    CREATE MACRO closed(window_end) AS coalesce(window_end <= epoch_ms(${last === null ? 'NULL' : last}::BIGINT), FALSE);
  `);
}
