import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { KafkaClient } from '@millrace/shared/kafka';
import { readTopic, type TopicRecord } from './read-topic.ts';

export type Verdict = {
  payments: number;
  /** Rows of the truth: one per user and window. */
  groups: number;
  /** Records in the sink topic: updates, the last of each key counts. */
  updates: number;
  /** Rows of either side that the other does not have. */
  missing: number;
  surplus: number;
  /** Some of those, for the eye. */
  sample: string[];
};

const SAMPLE_ROWS = 5;

/**
 * Computes from the whole topic of payments what the job should have made of it, in one ordinary query that knows nothing of
 * streams, and compares it with what stands in the sink topic: every group, every count, every cent.
 */
export async function compareWithTruth(
  kafka: KafkaClient,
  topics: { payments: string; sink: string },
): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-truth-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const payments = join(folder, 'payments.ndjson');
    const updates = join(folder, 'updates.ndjson');
    await writeLines(kafka, topics.payments, payments, ({ value }) => value ?? '{}');
    await writeLines(kafka, topics.sink, updates, ({ partition, offset, key, value }) => {
      return `{"partition":${partition},"offset":${offset},"key":${JSON.stringify(key)},"row":${value}}`;
    });
    return await compare(connection, payments, updates);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

async function compare(connection: DuckDBConnection, payments: string, updates: string): Promise<Verdict> {
  await connection.run(`
    CREATE TABLE payments AS SELECT * FROM read_json('${payments}', format = 'newline_delimited',
      columns = {user: 'VARCHAR', amount: 'DECIMAL(12,2)', ts: 'BIGINT'});
    CREATE TABLE updates AS SELECT * FROM read_json('${updates}', format = 'newline_delimited',
      columns = {partition: 'INTEGER', "offset": 'BIGINT', key: 'VARCHAR',
        row: 'STRUCT("user" VARCHAR, window_start TIMESTAMP, window_end TIMESTAMP, payments BIGINT, total DECIMAL(38,2))'});
    CREATE TABLE truth AS
      SELECT "user", window_start, window_start + INTERVAL 10 seconds AS window_end, count(*) AS payments,
        sum(amount)::DECIMAL(38,2) AS total
      FROM (SELECT *, make_timestamp_ms(ts // 10000 * 10000) AS window_start FROM payments) GROUP BY ALL;
    CREATE TABLE result AS
      SELECT unnest(row) FROM (SELECT key, arg_max(row, "offset") AS row FROM updates GROUP BY key) WHERE row IS NOT NULL;
    CREATE TABLE missing AS FROM truth EXCEPT ALL FROM result;
    CREATE TABLE surplus AS FROM result EXCEPT ALL FROM truth;`);
  const count = async (table: string) =>
    Number((await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0]![0]);
  const sample = await connection.runAndReadAll(
    `SELECT side || ' ' || row FROM (SELECT 'missing' AS side, missing::VARCHAR AS row FROM missing
     UNION ALL SELECT 'surplus', surplus::VARCHAR FROM surplus) LIMIT ${SAMPLE_ROWS}`,
  );
  return {
    payments: await count('payments'),
    groups: await count('truth'),
    updates: await count('updates'),
    missing: await count('missing'),
    surplus: await count('surplus'),
    sample: sample.getRows().map(([row]) => String(row)),
  };
}

async function writeLines(
  kafka: KafkaClient,
  topic: string,
  path: string,
  line: (record: TopicRecord) => string,
): Promise<void> {
  const file = createWriteStream(path);
  for await (const record of readTopic(kafka, topic)) {
    if (!file.write(`${line(record)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
