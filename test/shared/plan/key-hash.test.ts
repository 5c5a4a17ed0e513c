import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { HASH_VERSION, partitionOf, STATE_PARTITIONS } from '@millrace/shared/plan';

// These pin HASH_VERSION. When a DuckDB release changes one of them, the new function needs a new name, and state
// that was written under the old name must be partitioned anew: never just write other numbers here.
const DUCKDB_HASH_1: readonly (readonly [key: string, hash: string])[] = [
  ['NULL::VARCHAR', '13787848793156543929'],
  ["''", '5104928228550385088'],
  ["'ann'", '2378872698058391897'],
  ["'Zoë'", '10623402679875617613'],
  ["'日本'", '416838797721635'],
  ['NULL::BIGINT', '13787848793156543929'],
  ['0::BIGINT', '0'],
  ['(-1)::BIGINT', '4939931809569846361'],
  ['9223372036854775807', '13173756286995563913'],
  ['0.0::DOUBLE', '0'],
  ['-0.0::DOUBLE', '0'],
  ["'NaN'::DOUBLE", '9170934016072976158'],
  ["-'NaN'::DOUBLE", '9170934016072976158'],
  ["'inf'::DOUBLE", '7827579316965298785'],
  ['1.10::DECIMAL(12,2)', '5093859793756016317'],
  ["TIMESTAMP '2024-01-01 00:00:10'", '17390098889888704450'],
  ["TIMESTAMP '1969-12-31 23:59:59.999999'", '4939931809569846361'],
  ["DATE '2024-02-29'", '1784348991188818161'],
  ['TRUE', '4717996019076358352'],
  ["['a', NULL]", '12149695185283952434'],
  ["{'a': 1, 'b': NULL}", '17970267147294058266'],
  ["'ann', TIMESTAMP '2024-01-01 00:00:10'", '13533065834142100942'],
  ['NULL::VARCHAR, NULL::TIMESTAMP', '18212156630472451589'],
  ['0', '0'],
];

test('the hash of keys is the one that HASH_VERSION names', async (t) => {
  assert.equal(HASH_VERSION, 'duckdb-hash-1');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.after(() => connection.closeSync());
  for (const [key, hash] of DUCKDB_HASH_1) {
    const sql = `SELECT hash(${key})::VARCHAR, ${partitionOf(key === '0' ? [] : [key])}::INTEGER`;
    const [row] = (await connection.runAndReadAll(sql)).getRowsJson();
    assert.deepEqual(row, [hash, Number(BigInt(hash) % BigInt(STATE_PARTITIONS))], key);
  }
});

test('keys that are one group have one hash', async (t) => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.after(() => connection.closeSync());
  const partition = partitionOf(['k']);
  const sql = `SELECT count(DISTINCT ${partition}) FROM (VALUES (0.0::DOUBLE), (-0.0::DOUBLE)) AS v(k) UNION ALL
    SELECT count(DISTINCT ${partition}) FROM (VALUES ('NaN'::DOUBLE), (-'NaN'::DOUBLE)) AS v(k)`;
  assert.deepEqual((await connection.runAndReadAll(sql)).getRowsJson(), [['1'], ['1']]);
});
