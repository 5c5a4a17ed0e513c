import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { type NexmarkOutput, type NexmarkQuery, QUERIES } from '../../../examples/nexmark/queries.ts';
import { CHANGELOG_WEIGHT } from './accumulate.ts';
import { compareAnswers } from './compare-answers.ts';

/** What DuckDB answers in these tests. */
const TRUTH = `SELECT * FROM (VALUES
  ('a', 1::BIGINT, 12345678901.257::DECIMAL(23,3), 0.1 + 0.2::DOUBLE, TIMESTAMP '2024-01-01 00:00:00.5'),
  ('b', 2, 1.00, NULL, NULL),
  ('b', 2, 1.00, NULL, NULL)) AS rows(name, n, amount, mean, ts)`;
const A = '{"name":"a","n":1,"amount":12345678901.257,"mean":0.3,"ts":"2024-01-01T00:00:00.500Z"}';
const B = '{"name":"b","n":2,"amount":1.00,"mean":null,"ts":null}';

const record = (row: string, { key = '' } = {}) => ({ key, row });
const weighted = (row: string, weight: number) =>
  record(row.replace('}', `,"${CHANGELOG_WEIGHT.column}":"${weight > 0 ? 'c' : 'd'}"}`));

async function compare(
  t: TestContext,
  output: NexmarkOutput,
  records: readonly { key: string; row: string }[],
  { sql = TRUTH, ...further }: Partial<NexmarkQuery> & { sql?: string } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  t.after(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  });
  const recordsPath = join(folder, 'records.ndjson');
  const lines = records.map(
    ({ key, row }, offset) => `{"partition":0,"offset":${offset},"key":"${key}","row":${row}}\n`,
  );
  writeFileSync(recordsPath, lines.join(''));
  return compareAnswers(connection, { ...QUERIES[0]!, output, ...further }, { sql, recordsPath });
}

test('append: every row once, doubles up to their last digits, decimals digit by digit', async (t) => {
  const { rows, records, missing, surplus } = await compare(
    t,
    { mode: 'append' },
    [A, B, B].map((row) => record(row)),
  );
  assert.deepEqual({ rows, records, missing, surplus }, { rows: 3, records: 3, missing: 0, surplus: 0 });
});

test('append: a row less, one too many, and one with another last digit are told', async (t) => {
  const records = [A.replace('.257', '.258'), B, B, B].map((row) => record(row));
  const { missing, surplus, sample } = await compare(t, { mode: 'append' }, records);
  assert.deepEqual({ missing, surplus }, { missing: 1, surplus: 2 });
  assert.equal(sample.length, 3);
  assert.match(sample[0]!, /^missing .*"amount":12345678901.257/);
});

test('update: the last row of a key counts, and nothing after a tombstone', async (t) => {
  const records = [
    record(B, { key: '1' }),
    record(B, { key: '2' }),
    record(A, { key: '1' }),
    record(A, { key: '3' }),
    record('null', { key: '3' }),
    record(B, { key: '4' }),
  ];
  const output: NexmarkOutput = { mode: 'update', key: ['name'] };
  const { missing, surplus } = await compare(t, output, records);
  assert.deepEqual({ missing, surplus }, { missing: 0, surplus: 0 });
  assert.equal((await compare(t, output, records.slice(0, 4))).missing, 1);
});

test('changelog: weights add up', async (t) => {
  const changes = [weighted(A, 1), weighted(A, 1), weighted(B, 1), weighted(A, -1), weighted(B, 1)];
  const { missing, surplus } = await compare(t, { mode: 'changelog' }, changes);
  assert.deepEqual({ missing, surplus }, { missing: 0, surplus: 0 });
  const tooOften = await compare(t, { mode: 'changelog' }, [...changes, weighted(A, -1), weighted(A, -1)]);
  assert.deepEqual([tooOften.missing, tooOften.surplus], [2, 0]);
});

test('what is compared may be another query over both answers', async (t) => {
  const comparedAs = 'SELECT name, sum(n)::BIGINT AS n FROM answer GROUP BY name';
  const split = B.replace('"n":2', '"n":1');
  const records = [A, split, split, split, split].map((row) => record(row));
  const { missing, surplus } = await compare(t, { mode: 'append' }, records, { comparedAs });
  assert.deepEqual({ missing, surplus }, { missing: 0, surplus: 0 });
});
