import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  openPlan,
  PAYMENTS,
  passThrough,
  payment,
  policy,
  range,
  recordSet,
  rowsOf,
  runDone,
  runFailed,
  startLane,
  task,
} from './lane-fixture.ts';

test('a source task reads every record of its ranges, in order, with the event time of each range', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const first = [
    payment('ann', 1.5, 5_000),
    payment('bob', 2, 7_000),
    payment('cid', 3, 6_000),
    payment('dan', 4, 1_000),
  ];
  const second = [payment('eve', 5.25, 9_999)];
  const ranges = [
    range(first, { from: 40, partition: 3 }),
    range([], { partition: 4 }),
    range(second, { partition: 5 }),
  ];
  const result = await runDone(lane, task({ kind: 'records', ranges }));
  assert.deepEqual(
    rowsOf(result).map(([user, amount]) => [user, amount]),
    [
      ['ann', '1.50'],
      ['bob', '2.00'],
      ['cid', '3.00'],
      ['dan', '4.00'],
      ['eve', '5.25'],
    ],
  );
  assert.deepEqual(result.eventTimes, [
    { source: 'payments', topic: 'payments', partition: 3, maxMs: 7_000 },
    { source: 'payments', topic: 'payments', partition: 5, maxMs: 9_999 },
  ]);
  assert.equal(result.counts.recordsIn, 5);
  assert.equal(result.counts.rowsOut, 5);
  assert.equal(result.counts.badRecords, 0);
  assert.deepEqual(result.timings.map(({ phase }) => phase).sort(), ['compute', 'decode', 'prepare']);
});

test('each of very many ranges has its event time, those apart whose records are all bad', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const at = (partition: number) => 1_000_000 + partition * 10;
  const ranges = Array.from({ length: 120 }, (_, partition) => {
    const records = [0, 3, 1].map((later) => payment(`user ${partition}`, 1, at(partition) + later));
    return range(partition % 40 === 7 ? [{ value: '{' }, { value: 'no' }] : records, { partition });
  });
  const recordPolicies = { payments: policy({ onBadRecord: 'drop' }) };
  const result = await runDone(lane, { ...task({ kind: 'records', ranges }), recordPolicies });
  assert.deepEqual(
    result.eventTimes.map(({ partition, maxMs }) => [partition, maxMs]),
    ranges.filter(({ partition }) => partition % 40 !== 7).map(({ partition }) => [partition, at(partition) + 3]),
  );
  assert.deepEqual([result.counts.recordsIn, result.counts.badRecords], [117 * 3 + 6, 6]);
});

test('records outside of the range are not read, though their batches are', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const recordSets = [
    recordSet(
      users.map((user) => payment(user, 1)),
      { baseOffset: 10, perBatch: 4 },
    ),
  ];
  const result = await runDone(
    lane,
    task({ kind: 'records', ranges: [range([], { from: 12, until: 15, recordSets })] }),
  );
  assert.deepEqual(
    rowsOf(result).map(([user]) => user),
    ['c', 'd', 'e'],
  );
});

test('compressed batches, keys, headers and newlines inside of values change nothing', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough('"user"', [{ name: 'user', type: 'VARCHAR' }]));
  const records = [
    { key: 'k'.repeat(300), value: '{"user":\n"ann"}\n' },
    { key: '', value: '\n {"user":"bob"}' },
    payment('cid', 1),
  ];
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const recordSets = [recordSet(records, { compression, headers: { h: 'x\ny' } })];
    const result = await runDone(lane, task({ kind: 'records', ranges: [range(records, { recordSets })] }));
    assert.deepEqual(
      rowsOf(result).map(([user]) => user),
      ['ann', 'bob', 'cid'],
      compression,
    );
  }
});

test('an empty task gives an empty relation', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const result = await runDone(lane, task({ kind: 'records', ranges: [] }));
  assert.deepEqual(rowsOf(result), []);
});

const MIXED = [
  payment('ann', 1),
  { key: 'k1', value: null },
  { value: '' },
  { value: ' \n ' },
  { value: '17' },
  { value: '["user"]' },
  { key: 'k6', value: '{"user":"cut' },
  { value: '{"user":' },
  payment('bob', 2),
  { value: '{}' },
  { value: '{"other":1}' },
  { value: '{"user":"x"}{"user":"y"}' },
  { value: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
  { value: '{"user":"\\ud800"}' },
  payment('cid', 3),
];
const MIXED_BAD_OFFSETS = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13];
const MIXED_GOOD_USERS = ['ann', 'bob', null, null, 'cid'];

for (const [how, readOnce] of [
  ['as a table', false],
  ['read on the way', true],
] as const) {
  test(`${how}: bad records are collected as they were, good ones without the wanted fields are kept`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, passThrough('*', PAYMENTS.columns, { readOnce }));
    const result = await runDone(
      lane,
      task(
        { kind: 'records', ranges: [range(MIXED)] },
        { recordPolicies: { payments: policy({ onBadRecord: 'collect' }) } },
      ),
    );
    assert.deepEqual(
      rowsOf(result).map(([user]) => user),
      MIXED_GOOD_USERS,
    );
    assert.deepEqual(
      result.badRecords.map(({ offset }) => offset),
      MIXED_BAD_OFFSETS,
    );
    assert.equal(result.counts.badRecords, MIXED_BAD_OFFSETS.length);
    const asText = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();
    const [tombstone] = result.badRecords;
    assert.deepEqual([asText(tombstone!.key), tombstone!.value, tombstone!.reason], ['k1', null, 'nullValue']);
    const cut = result.badRecords.find(({ offset }) => offset === 6);
    assert.deepEqual(
      [asText(cut!.key), asText(cut!.value), cut!.timestampMs],
      ['k6', '{"user":"cut', 1_700_000_000_000],
    );
    assert.deepEqual(result.counts.badByReason, { nullValue: 1, emptyValue: 2, notObject: 2, malformed: 5 });
    for (const { detail } of result.badRecords) assert.notEqual(detail, '');
  });

  test(`${how}: bad records that are dropped are counted`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, passThrough('*', PAYMENTS.columns, { readOnce }));
    const result = await runDone(
      lane,
      task(
        { kind: 'records', ranges: [range(MIXED)] },
        { recordPolicies: { payments: policy({ onBadRecord: 'drop' }) } },
      ),
    );
    assert.deepEqual(
      rowsOf(result).map(([user]) => user),
      MIXED_GOOD_USERS,
    );
    assert.deepEqual([result.counts.badRecords, result.badRecords.length], [MIXED_BAD_OFFSETS.length, 0]);
  });

  test(`${how}: a bad record fails the task by default and says where it is`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, passThrough('*', PAYMENTS.columns, { readOnce }));
    const bad = [payment('ann', 1), { value: '{"user": oops}' }];
    const failure = await runFailed(lane, task({ kind: 'records', ranges: [range(bad, { from: 70, partition: 2 })] }));
    assert.equal(failure.code, 'BAD_RECORD');
    assert.match(failure.message, /^payments\/2 at offset 71 cannot be read \(.*\): \{"user": oops\}$/);
    assert.equal(JSON.parse(failure.detailsJson).offset, 71);
    const after = await runDone(lane, task({ kind: 'records', ranges: [range([payment('bob', 2)])] }));
    assert.equal(rowsOf(after).length, 1);
  });
}

test('too many bad records to set aside are an error', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const records = Array.from({ length: 10_001 }, () => ({ value: 'x' }));
  const failure = await runFailed(
    lane,
    task(
      { kind: 'records', ranges: [range(records)] },
      { recordPolicies: { payments: policy({ onBadRecord: 'collect' }) } },
    ),
  );
  assert.equal(failure.code, 'BAD_RECORD');
  assert.match(failure.message, /10001 records/);
});

test('Kafka metadata stands beside the columns, record by record', async (t) => {
  const lane = startLane(t);
  const plan = passThrough('"user", _partition, _offset, _key, _timestamp, _topic, _headers', []);
  plan.sources = [
    {
      ...PAYMENTS,
      metadata: (['partition', 'offset', 'key', 'timestamp', 'topic', 'headers'] as const).map((field) => ({
        name: `_${field}`,
        field,
      })),
    },
  ];
  plan.output.columns = ['user', '_partition', '_offset', '_key', '_timestamp', '_topic', '_headers'].map((name) => ({
    name,
    type: 'VARCHAR',
  }));
  await openPlan(lane, plan);
  const records = Array.from({ length: 5_000 }, (_, i) => ({ key: i % 2 ? `k${i}` : null, value: `{"user":"u${i}"}` }));
  const ranges = [
    range(records.slice(0, 3_000), {
      partition: 1,
      from: 100,
      recordSets: [recordSet(records.slice(0, 3_000), { baseOffset: 100, headers: { a: 'b' } })],
    }),
    range(records.slice(3_000), { partition: 2 }),
  ];
  const result = await runDone(
    lane,
    task({ kind: 'records', ranges }, { encodings: { output: { kind: 'rows', rowsMax: 10_000 } } }),
  );
  const rows = rowsOf(result);
  assert.equal(rows.length, 5_000);
  assert.deepEqual(rows[1], ['u1', 1, '101', 'k1', '2023-11-14 22:13:20', 'payments', [{ key: 'a', value: 'b' }]]);
  assert.deepEqual(rows[4_999], ['u4999', 2, '1999', 'k4999', '2023-11-14 22:13:20', 'payments', []]);
  assert.equal(rows[2]![3], null);
});

test('a raw source has the record as it is, null values included', async (t) => {
  const lane = startLane(t);
  const plan = passThrough('value, "offset"', [
    { name: 'value', type: 'BLOB' },
    { name: 'offset', type: 'BIGINT' },
  ]);
  plan.sources = [
    {
      ...PAYMENTS,
      columns: [],
      eventTimeColumn: null,
      metadata: [
        { name: 'value', field: 'value' },
        { name: 'offset', field: 'offset' },
      ],
    },
  ];
  await openPlan(lane, plan);
  const result = await runDone(
    lane,
    task({ kind: 'records', ranges: [range([{ value: 'plain' }, { value: null }, { value: '' }])] }),
  );
  assert.deepEqual(rowsOf(result), [
    ['plain', '0'],
    [null, '1'],
    ['', '2'],
  ]);
  assert.equal(result.counts.badRecords, 0);
});

test('an object larger than what read_json allows by default is read', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough('length("user") AS n', [{ name: 'n', type: 'BIGINT' }]));
  const records = [payment('x'.repeat(17 * 1024 * 1024), 1), payment('ann', 2)];
  const result = await runDone(lane, task({ kind: 'records', ranges: [range(records)] }));
  assert.deepEqual(rowsOf(result), [[String(17 * 1024 * 1024)], ['3']]);
});

test('records read on the way give the rows and the event time that a table gives', async (t) => {
  const records = Array.from({ length: 3_000 }, (_, i) => payment(`u${i % 7}`, i));
  const results = [];
  for (const readOnce of [false, true]) {
    const lane = startLane(t);
    await openPlan(lane, passThrough('*', PAYMENTS.columns, { readOnce }));
    results.push(
      await runDone(
        lane,
        task(
          { kind: 'records', ranges: [range(records)] },
          { encodings: { output: { kind: 'rows', rowsMax: 5_000 } } },
        ),
      ),
    );
  }
  const [table, view] = results;
  assert.deepEqual(rowsOf(view!), rowsOf(table!));
  assert.deepEqual(view!.eventTimes, table!.eventTimes);
  assert.equal(view!.eventTimes.length, 1);
  assert.deepEqual(view!.counts, table!.counts);
});

test('a query that fails on a good record fails as the query, not as the record', async (t) => {
  const lane = startLane(t);
  await openPlan(
    lane,
    passThrough(`"user"::INTEGER AS "user"`, [{ name: 'user', type: 'INTEGER' }], { readOnce: true }),
  );
  const failure = await runFailed(lane, task({ kind: 'records', ranges: [range([payment('ann', 1)])] }));
  assert.equal(failure.code, 'QUERY_FAILED');
});
