import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchBytes } from '../../shared/kafka/batch-bytes.ts';
import {
  openPlan,
  PAYMENTS,
  passThrough,
  payment,
  policy,
  range,
  rowsOf,
  runDone,
  runFailed,
  startLane,
  type TestRecord,
  task,
} from './lane-fixture.ts';

const BATCH_MS = 1_700_000_000_000;
const FUTURE_MAX_MS = 60_000;
const LATEST_MS = BATCH_MS + FUTURE_MAX_MS;

const records = (list: readonly TestRecord[]) => ({ kind: 'records' as const, ranges: [range(list)] });
const usersOf = (result: Parameters<typeof rowsOf>[0]) => rowsOf(result).map(([user]) => user);

for (const [how, readOnce] of [
  ['as a table', false],
  ['read on the way', true],
] as const) {
  const plan = () => passThrough('*', PAYMENTS.columns, { readOnce });

  test(`${how}: an event time beyond the bound makes its record bad and is not the highest`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan());
    const list = [payment('ann', 1, LATEST_MS), payment('bob', 2, LATEST_MS + 1), payment('cid', 3, BATCH_MS)];
    const recordPolicies = { payments: policy({ onBadRecord: 'collect', futureMaxMs: FUTURE_MAX_MS }) };
    const result = await runDone(lane, task(records(list), { recordPolicies }));
    assert.deepEqual(usersOf(result), ['ann', 'cid']);
    assert.deepEqual(result.counts.badByReason, { futureTimestamp: 1 });
    assert.deepEqual(
      result.eventTimes.map(({ maxMs }) => maxMs),
      [LATEST_MS],
    );
    const [bad] = result.badRecords;
    assert.deepEqual([bad!.offset, bad!.reason, bad!.detail], [1, 'futureTimestamp', 'ts is 2023-11-14 22:14:20.001']);
    assert.equal(Buffer.from(bad!.value!).toString(), String(list[1]!.value));
  });

  test(`${how}: by default an event time beyond the bound fails the task and says where`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan());
    const recordPolicies = { payments: policy({ futureMaxMs: FUTURE_MAX_MS }) };
    const list = [payment('ann', 1), payment('bob', 2, LATEST_MS + 1)];
    const failure = await runFailed(lane, task(records(list), { recordPolicies }));
    assert.equal(failure.code, 'BAD_RECORD');
    assert.match(
      failure.message,
      /^payments\/0 at offset 1 is too far in the future \(ts is 2023-11-14 22:14:20.001\)/,
    );
  });

  test(`${how}: a task of nothing but bad records has no event time`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan());
    const recordPolicies = { payments: policy({ onBadRecord: 'drop', futureMaxMs: FUTURE_MAX_MS }) };
    const list = [payment('ann', 1, LATEST_MS + 1), { value: null }, { value: '{"user":' }];
    const result = await runDone(lane, task(records(list), { recordPolicies }));
    assert.deepEqual([rowsOf(result), result.eventTimes], [[], []]);
    assert.deepEqual(result.counts.badByReason, { nullValue: 1, malformed: 1, futureTimestamp: 1 });
  });

  test(`${how}: fields of the wrong type are told from missing ones, also behind a line that swallows the next`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan());
    const list = [
      { value: '{"user":"ann"}' },
      { value: '{"user":' },
      { value: '{"amount":"much","ts":null}' },
      { value: '{"user":"cid","amount":"more","ts":"then"}' },
      payment('dan', 4),
    ];
    const recordPolicies = { payments: policy({ onBadRecord: 'drop' }) };
    const result = await runDone(lane, task(records(list), { recordPolicies }));
    assert.deepEqual(usersOf(result), ['ann', null, 'cid', 'dan']);
    assert.deepEqual([result.counts.badByReason, result.counts.nullFields], [{ malformed: 1 }, 3]);
    const strict = { payments: policy({ onBadRecord: 'collect', strict: true }) };
    const refused = await runDone(lane, task(records(list), { recordPolicies: strict }));
    assert.deepEqual(usersOf(refused), ['ann', 'dan']);
    assert.deepEqual([refused.counts.badByReason, refused.counts.nullFields], [{ malformed: 1, wrongType: 2 }, 0]);
    assert.deepEqual(refused.badRecords.map(({ offset, detail }) => [offset, detail]).slice(1), [
      [2, 'wrong type: amount'],
      [3, 'wrong type: amount, ts'],
    ]);
  });

  test(`${how}: a strict source fails the task at a field of the wrong type`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan());
    const recordPolicies = { payments: policy({ strict: true }) };
    const list = [payment('ann', 1), { value: '{"user":"bob","amount":"much"}' }];
    const failure = await runFailed(lane, task(records(list), { recordPolicies }));
    assert.match(
      failure.message,
      /^payments\/0 at offset 1 does not fit the columns \(wrong type: amount\): \{"user":"bob","amount":"much"\}$/,
    );
  });
}

test('columns that a statement leaves unread are checked all the same', async (t) => {
  for (const readOnce of [false, true]) {
    const lane = startLane(t);
    const plan = passThrough('"user"', [{ name: 'user', type: 'VARCHAR' }], { readOnce });
    plan.sources = [{ ...PAYMENTS, eventTimeColumn: null }];
    plan.stages[0]!.inputs = [{ kind: 'source', source: 'payments', relation: 'input', readOnce, eventTimeSql: null }];
    await openPlan(lane, plan);
    const recordPolicies = { payments: policy({ onBadRecord: 'drop', strict: true }) };
    const list = [payment('ann', 1), { value: '{"user":"bob","amount":"much"}' }];
    const result = await runDone(lane, task(records(list), { recordPolicies }));
    assert.deepEqual([usersOf(result), result.counts.badByReason], [['ann'], { wrongType: 1 }], String(readOnce));
  }
});

test('Kafka timestamps in the future are bad in a raw source, where nothing else is', async (t) => {
  const lane = startLane(t);
  const plan = passThrough('value', [{ name: 'value', type: 'BLOB' }]);
  const metadata = (['value', 'timestamp'] as const).map((field) => ({ name: field, field }));
  plan.sources = [{ ...PAYMENTS, columns: [], metadata, eventTimeColumn: 'timestamp' }];
  await openPlan(lane, plan);
  const recordPolicies = { payments: policy({ onBadRecord: 'collect', futureMaxMs: FUTURE_MAX_MS }) };
  const run = (timestampMs: number) =>
    runDone(lane, task(records([{ value: null }, { value: 'x' }]), { recordPolicies, timestampMs }));
  const now = await run(BATCH_MS - FUTURE_MAX_MS);
  assert.deepEqual([rowsOf(now).length, now.counts.badRecords, now.eventTimes.length], [2, 0, 1]);
  const early = await run(BATCH_MS - FUTURE_MAX_MS - 1);
  assert.deepEqual([rowsOf(early), early.counts.badByReason, early.eventTimes], [[], { futureTimestamp: 2 }, []]);
  assert.deepEqual(
    early.badRecords.map(({ value }) => value && Buffer.from(value).toString()),
    [null, 'x'],
  );
});

test('a Kafka timestamp that no TIMESTAMP holds is the last day there is', async (t) => {
  const lane = startLane(t);
  const plan = passThrough('timestamp', [{ name: 'timestamp', type: 'TIMESTAMP' }]);
  plan.sources = [
    { ...PAYMENTS, columns: [], metadata: [{ name: 'timestamp', field: 'timestamp' }], eventTimeColumn: null },
  ];
  await openPlan(lane, plan);
  const recordSets = [new Uint8Array(batchBytes({ baseOffset: 0, values: ['x'], baseTimestamp: 2 ** 62 }))];
  const result = await runDone(lane, task({ kind: 'records', ranges: [range([], { until: 1, recordSets })] }));
  assert.deepEqual(rowsOf(result), [['294247-01-10 00:00:00']]);
});

for (const [how, plan] of [
  ['read on the way', passThrough('*', PAYMENTS.columns, { readOnce: true })],
  ['as a table', passThrough('*', PAYMENTS.columns, { readOnce: false })],
] as const) {
  test(`${how}: a record that is said to be poison is bad, whatever it looks like`, async (t) => {
    const lane = startLane(t);
    await openPlan(lane, plan);
    const list = [payment('ann', 1), payment('bob', 2), { value: null }, payment('cid', 3)];
    const at = (offset: number, detail = 'it ends executors') => ({ topic: 'payments', partition: 0, offset, detail });
    // Of these one is bad already and one was never there.
    const poison = [at(1), at(2), at(17), { ...at(3), partition: 5 }];
    const collect = { recordPolicies: { payments: policy({ onBadRecord: 'collect' }) } };
    const result = await runDone(lane, task(records(list), { ...collect, poison }));
    assert.deepEqual(usersOf(result), ['ann', 'cid']);
    assert.deepEqual(
      result.badRecords.map(({ offset, reason, detail }) => [offset, reason, detail]),
      [
        [1, 'poison', 'it ends executors'],
        [2, 'nullValue', 'the value is null'],
      ],
    );
    assert.equal(Buffer.from(result.badRecords[0]!.value!).toString(), String(list[1]!.value));
    const dropped = { recordPolicies: { payments: policy({ onBadRecord: 'drop' }) } };
    const rest = await runDone(lane, task(records(list.slice(0, 2)), { ...dropped, poison }));
    assert.deepEqual([usersOf(rest), rest.counts.badByReason], [['ann'], { poison: 1 }]);
  });
}
