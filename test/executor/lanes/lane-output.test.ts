import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { partitionOfKey, readRecords, recordBatches } from '@millrace/shared/kafka';
import type { Column, JobPlan } from '@millrace/shared/plan';
import type { Lane } from '../../../executor/src/lanes/lane-pool.ts';
import type { EncodedOutput, SinkEncoding } from '../../../executor/src/lanes/messages.ts';
import { openPlan, passThrough, payment, range, runDone, startLane, type TestRecord, task } from './lane-fixture.ts';

type RecordBatches = Extract<EncodedOutput, { kind: 'recordBatches' }>;

const BATCHES = {
  kind: 'recordBatches',
  partitions: 5,
  keyColumns: [],
  headers: {},
  compression: 'none',
  batchBytesMax: 900_000,
} as const satisfies SinkEncoding;

async function output(
  lane: Lane,
  plan: JobPlan,
  records: TestRecord[],
  encoding: SinkEncoding,
): Promise<EncodedOutput> {
  await openPlan(lane, plan);
  const result = await runDone(
    lane,
    task({ kind: 'records', ranges: [range(records)] }, { encodings: { output: encoding }, planHash: plan.hash }),
  );
  assert.equal(result.counts.rowsOut, result.outputs.output!.rows);
  return result.outputs.output!;
}

function readBack(encoded: EncodedOutput) {
  assert.equal(encoded.kind, 'recordBatches');
  return (encoded as RecordBatches).partitions.flatMap(({ partition, batches }) =>
    batches.flatMap((batch) =>
      [...recordBatches(Buffer.from(batch))].flatMap((opened) =>
        [...readRecords(opened)].map(({ key, value, headers, timestamp }) => ({
          partition,
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          headers,
          timestamp,
        })),
      ),
    ),
  );
}

const ONE_ROW = `'a"b' AS s, 1.50::DECIMAL(12,2) AS d, 170141183460469231731687303715884105727::HUGEINT AS h, 'nan'::DOUBLE AS f,
  TIMESTAMP '2024-01-01 00:00:00' AS t, TIMESTAMP '2024-01-01 00:00:00.123456' AS u, NULL::INTEGER AS n, '\\xAA\\x00'::BLOB AS b, [1, 2] AS l, DATE '2024-02-03' AS dt`;
const ONE_ROW_COLUMNS: Column[] = [
  ['s', 'VARCHAR'],
  ['d', 'DECIMAL(12,2)'],
  ['h', 'HUGEINT'],
  ['f', 'DOUBLE'],
  ['t', 'TIMESTAMP'],
  ['u', 'TIMESTAMP'],
  ['n', 'INTEGER'],
  ['b', 'BLOB'],
  ['l', 'INTEGER[]'],
  ['dt', 'DATE'],
].map(([name, type]) => ({ name: name!, type: type! }));
const ONE_ROW_JSON =
  '{"s":"a\\"b","d":1.5,"h":170141183460469231731687303715884105727,"f":null,"t":"2024-01-01T00:00:00.000Z","u":"2024-01-01T00:00:00.123456Z","n":null,"b":"qgA=","l":[1,2],"dt":"2024-02-03"}';

test('Kafka values and NDJSON lines have one form', async (t) => {
  const lane = startLane(t);
  const plan = passThrough(ONE_ROW, ONE_ROW_COLUMNS);
  assert.equal(readBack(await output(lane, plan, [payment('x', 1)], BATCHES))[0]!.value, ONE_ROW_JSON);
  const file = await output(lane, plan, [payment('x', 1)], { kind: 'file', format: 'ndjson' });
  assert.equal(file.kind === 'file' && readFileSync(file.path, 'utf8'), `${ONE_ROW_JSON}\n`);
});

test('records go where the Java client would send them by their key', async (t) => {
  const lane = startLane(t);
  const keys = ['ann', 'bob', '', 'tab\there', 'new\nline', 'quo"te', 'null', 'é€😀', '"', 'back\\slash'];
  const records = keys.map((key) => payment(key, 1));
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const encoded = await output(lane, passThrough(), records, {
      ...BATCHES,
      keyColumns: ['user'],
      compression,
      headers: { from: 'millrace' },
    });
    const read = readBack(encoded);
    assert.deepEqual(read.map(({ key }) => key).sort(), keys.toSorted());
    for (const { partition, key, value, headers, timestamp } of read) {
      const bytes = Buffer.from(key!);
      assert.equal(partition, partitionOfKey(bytes, 0, bytes.length, 5), key!);
      assert.equal(JSON.parse(value!).user, key);
      assert.deepEqual(
        headers.map((header) => [header.key, header.value?.toString()]),
        [['from', 'millrace']],
      );
      assert.equal(timestamp, 1_700_000_000_000);
    }
  }
});

test('several key columns are an object, in the order of the spec; a null key is null', async (t) => {
  const lane = startLane(t);
  const two = await output(lane, passThrough(), [payment('ann', 1.5)], { ...BATCHES, keyColumns: ['ts', 'user'] });
  assert.equal(readBack(two)[0]!.key, '{"ts":"2023-11-14T22:13:20.000Z","user":"ann"}');
  const none = readBack(
    await output(lane, passThrough(), [payment(null, 1), payment(null, 2), payment('null', 3)], {
      ...BATCHES,
      keyColumns: ['user'],
    }),
  );
  assert.deepEqual(
    none.map(({ value, key }) => [JSON.parse(value!).user, key]).filter(([user, key]) => user !== key),
    [],
  );
  assert.equal(none.length, 3);
  const later = readBack(await output(lane, passThrough(), [payment(null, 4)], { ...BATCHES, keyColumns: ['user'] }));
  const ofNull = [...none, ...later].filter(({ key }) => key === null);
  assert.deepEqual(
    ofNull.map(({ partition }) => partition),
    [0, 0, 0],
    'updates of the null key keep their order, whatever task writes them',
  );
  const updated = passThrough();
  updated.output.mode = 'update';
  const [row] = readBack(await output(startLane(t), updated, [payment(null, 5)], { ...BATCHES, keyColumns: ['user'] }));
  assert.equal(row!.key, '{"user":null}', 'a row that is updated needs a key, or nothing could replace it');
  const number = readBack(
    await output(lane, passThrough(), [payment('ann', 1.5)], { ...BATCHES, keyColumns: ['amount'] }),
  );
  assert.equal(number[0]!.key, '1.50');
});

test('a row of weight −1 is a tombstone of its key', async (t) => {
  const lane = startLane(t);
  const plan = passThrough();
  plan.stages[0]!.outputs = [
    {
      kind: 'sink',
      sql: `SELECT *, (CASE WHEN "user" = 'gone' THEN -1 ELSE 1 END)::TINYINT AS __weight FROM kept_rows`,
    },
  ];
  const read = readBack(
    await output(lane, plan, [payment('here', 1), payment('gone', 1)], {
      ...BATCHES,
      keyColumns: ['user'],
      partitions: 1,
    }),
  );
  assert.deepEqual(
    read.map(({ key, value }) => [key, value === null]),
    [
      ['here', false],
      ['gone', true],
    ],
  );
});

test('batches stay below their limit and lose nothing', async (t) => {
  const lane = startLane(t);
  const records = Array.from({ length: 500 }, (_, i) => payment(`u${i}`, i));
  const encoded = (await output(lane, passThrough(), records, { ...BATCHES, batchBytesMax: 2_000 })) as RecordBatches;
  const batches = encoded.partitions.flatMap((partition) => partition.batches);
  assert.ok(batches.length > 10);
  for (const batch of batches) assert.ok(batch.byteLength <= 2_000);
  assert.equal(
    encoded.bytes,
    batches.reduce((sum, batch) => sum + batch.byteLength, 0),
  );
  assert.deepEqual(
    readBack(encoded).map(({ value }) => JSON.parse(value!).user),
    records.map((_, i) => `u${i}`),
  );
});

test('no rows make no batches, and files without rows', async (t) => {
  const lane = startLane(t);
  assert.deepEqual(await output(lane, passThrough(), [], BATCHES), {
    kind: 'recordBatches',
    rows: 0,
    bytes: 0,
    partitions: [],
  });
  const file = await output(lane, passThrough(), [], { kind: 'file', format: 'ndjson' });
  assert.deepEqual(file.kind === 'file' && [file.rows, file.bytes], [0, 0]);
});

test('a Parquet file has the output columns, without the weight', async (t) => {
  const lane = startLane(t);
  const file = await output(lane, passThrough(), [payment('ann', 1)], { kind: 'file', format: 'parquet' });
  assert.equal(file.kind, 'file');
  if (file.kind !== 'file') return;
  assert.equal(readFileSync(file.path).toString('latin1', 0, 4), 'PAR1');
  assert.equal(readFileSync(file.path).includes('__weight'), false);
});

/** Values of users, each with its amounts; as any reader of Hive's folders finds them. */
async function readPartitions(encoded: EncodedOutput, format: string): Promise<unknown[][]> {
  assert.ok(encoded.kind === 'partitions');
  const root = mkdtempSync(join(tmpdir(), 'millrace-partitions-'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    for (const { path, partition } of encoded.files) {
      mkdirSync(join(root, partition), { recursive: true });
      copyFileSync(path, join(root, partition, `part.${format}`));
    }
    const read = format === 'parquet' ? 'read_parquet' : 'read_ndjson_auto';
    const rows = `${read}('${root}/**/part.${format}', hive_partitioning = true, hive_types_autocast = false)`;
    return (
      await connection.runAndReadAll(`SELECT "user", m, amount::DOUBLE FROM ${rows} ORDER BY amount`)
    ).getRowsJson();
  } finally {
    connection.closeSync();
    rmSync(root, { recursive: true });
  }
}

const ODD_USERS = ['ann', 'ann', null, '', '../x', 'a/b=c', "it's %", 'é😀', 'line\nend', '*?[x]'];

for (const format of ['ndjson', 'parquet'] as const) {
  test(`rows are partitioned among ${format} files, whatever their values`, async (t) => {
    const lane = startLane(t);
    const columns = [
      { name: 'user', type: 'VARCHAR' },
      { name: 'm', type: 'INTEGER' },
      { name: 'amount', type: 'DECIMAL(12,2)' },
    ];
    const plan = passThrough('"user", (amount % 2)::INTEGER AS m, amount', columns);
    const records = ODD_USERS.map((user, index) => payment(user, index));
    const encoding: SinkEncoding = { kind: 'file', format, partitionBy: ['user', 'm'] };
    for (const _ of ['the first time', 'again, over what is left']) {
      const encoded = await output(lane, plan, records, encoding);
      assert.ok(encoded.kind === 'partitions');
      assert.deepEqual([encoded.rows, encoded.files.length], [ODD_USERS.length, ODD_USERS.length]);
      const found = await readPartitions(encoded, format);
      assert.deepEqual(
        found,
        ODD_USERS.map((user, index) => [user, String(index % 2), index]),
      );
    }
    const none = await output(lane, plan, [], encoding);
    assert.deepEqual(none.kind === 'partitions' && [none.rows, none.files], [0, []]);
  });
}

test('a task has as many partitions as are allowed, each one file, and no more', async (t) => {
  const lane = startLane(t);
  const columns = [
    { name: 'user', type: 'VARCHAR' },
    { name: 'amount', type: 'DECIMAL(12,2)' },
  ];
  const plan = passThrough('"user", amount', columns);
  const records = (count: number) => Array.from({ length: count }, (_, index) => payment(`u${index}`, 1));
  const encoding: SinkEncoding = { kind: 'file', format: 'ndjson', partitionBy: ['user'] };
  const encoded = await output(lane, plan, records(256), encoding);
  assert.equal(encoded.kind === 'partitions' && encoded.files.length, 256);
  const many = output(lane, plan, records(257), encoding);
  await assert.rejects(many, /QUERY_FAILED.*more than 256 combinations of user/);
});

test('rows for people are the first ones, with the number of all', async (t) => {
  const lane = startLane(t);
  const rows = await output(
    lane,
    passThrough('"user"', [{ name: 'user', type: 'VARCHAR' }]),
    ['a', 'b', 'c'].map((user) => payment(user, 1)),
    { kind: 'rows', rowsMax: 2 },
  );
  assert.deepEqual(rows, { kind: 'rows', rows: 3, columns: ['user'], rowsJson: '[["a"],["b"]]', removed: [] });
  assert.deepEqual(await output(lane, passThrough(), [payment('a', 1)], { kind: 'none' }), { kind: 'none', rows: 1 });
});
