import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { fromParquet, isStorable, toParquet } from '@millrace/shared/plan';

const VALUES: [type: string, value: string][] = [
  ['BOOLEAN', 'true'],
  ['BIGINT', '-9223372036854775808'],
  ['UBIGINT', '18446744073709551615'],
  ['HUGEINT', '-99999999999999999999999999999999999999'],
  ['UHUGEINT', '9007199254740993'],
  ['FLOAT', "'nan'"],
  ['DOUBLE', '-0.0::DOUBLE'],
  ['DECIMAL(38,2)', '123456789012345678901234567890123456.78'],
  ['VARCHAR', "'a' || chr(0) || 'ü'"],
  ['BLOB', "'\\xAA\\x00'"],
  ['BIT', "'0101'"],
  ['UUID', "'4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'"],
  ['JSON', `'{"a": 1}'`],
  ['DATE', "'0001-01-01'"],
  ['TIME', "'12:34:56.123456'"],
  ['TIME WITH TIME ZONE', "'12:34:56.5+02:30'"],
  ['TIMESTAMP', "'2024-01-01 00:00:00.123456'"],
  ['TIMESTAMP', "'infinity'"],
  ['TIMESTAMP_NS', "'2024-01-01 00:00:00.123456789'"],
  ['TIMESTAMP_S', "'2024-01-01 00:00:01'"],
  ['TIMESTAMP WITH TIME ZONE', "'2024-01-01 00:00:00+02'"],
  ['INTERVAL', "'-1 month 2 days 00:00:03.000004'"],
  ['BIGNUM', "'123456789012345678901234567890123456789012345'"],
  [`ENUM('HUGEINT', 'y')`, "'HUGEINT'"],
  ['INTEGER[2]', '[1, NULL]'],
  ['STRUCT(a INTEGER, "interval" VARCHAR)', "{a: 1, 'interval': 'x'}"],
  ['MAP(VARCHAR, INTEGER)', "MAP {'a': 1}"],
];

test('every type that may be stored comes back from Parquet as it was, and NULL too', async (t) => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-parquet-'));
  t.after(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, 'x.parquet');
  for (const [type, value] of VALUES) {
    assert.ok(isStorable(type), type);
    await connection.run(
      `CREATE OR REPLACE TABLE x AS SELECT unnest([CAST(${value} AS ${type}), NULL]) AS v;
       COPY (SELECT ${toParquet('v', type)} FROM x) TO '${path}' (FORMAT parquet)`,
    );
    const texts = (from: string) => `SELECT typeof(v), v::VARCHAR FROM ${from}`;
    const read = `(SELECT ${fromParquet('v', type)} FROM '${path}')`;
    const [before, after] = await Promise.all(
      ['x', read].map(async (from) => (await connection.runAndReadAll(texts(from))).getRowsJson()),
    );
    assert.deepEqual(after, before, type);
  }
});

test('a type that would change inside of another one may not be stored', () => {
  for (const type of ['HUGEINT[]', 'STRUCT(a INTERVAL)', 'MAP(VARCHAR, TIME WITH TIME ZONE)', 'UNION(n INTEGER)']) {
    assert.ok(!isStorable(type), type);
  }
});
