import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type Comparison = {
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
 * Compares two topics, each a file of NDJSON: payments as they were produced, and updates as
 * `{partition, offset, key, row}`, where a row of null is a tombstone. The truth is plain arithmetic on the event time;
 * totals of the result are taken digit by digit, so that no number passes through a double.
 */
export async function compareFiles(payments: string, updates: string): Promise<Comparison> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(tablesSql(payments, updates));
    return await differences(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const tablesSql = (payments: string, updates: string) => `
  CREATE TABLE payments AS SELECT * FROM read_json('${payments}', format = 'newline_delimited', records = true,
    columns = {user: 'VARCHAR', amount: 'DECIMAL(12,2)', ts: 'BIGINT'});
  CREATE TABLE updates AS SELECT * FROM read_json('${updates}', format = 'newline_delimited', records = true,
    columns = {partition: 'INTEGER', "offset": 'BIGINT', key: 'VARCHAR',
      row: 'STRUCT("user" VARCHAR, window_start TIMESTAMP, window_end TIMESTAMP, payments BIGINT, total VARCHAR)'});
  CREATE TABLE truth AS
    SELECT "user", window_start, window_start + INTERVAL 10 seconds AS window_end, count(*) AS payments,
      sum(amount)::DECIMAL(38,2) AS total
    FROM (SELECT *, make_timestamp_ms(ts // 10000 * 10000) AS window_start FROM payments) GROUP BY ALL;
  -- The last update of a key, tombstones included: arg_max alone would pass over them.
  CREATE TABLE last_rows AS
    SELECT unnest(row) FROM (SELECT arg_max_null(row, "offset") AS row FROM updates GROUP BY key) WHERE row IS NOT NULL;
  CREATE TABLE result AS SELECT * REPLACE (total::DECIMAL(38,2) AS total) FROM last_rows;
  CREATE TABLE missing AS FROM truth EXCEPT ALL FROM result;
  CREATE TABLE surplus AS FROM result EXCEPT ALL FROM truth;`;

async function differences(connection: DuckDBConnection): Promise<Comparison> {
  const count = async (table: string) =>
    Number((await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0]![0]);
  const sample = await connection.runAndReadAll(
    `SELECT side || ' ' || row FROM (SELECT 'missing' AS side, missing::VARCHAR AS row FROM missing
     UNION ALL SELECT 'surplus', surplus::VARCHAR FROM surplus) ORDER BY row LIMIT ${SAMPLE_ROWS}`,
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
