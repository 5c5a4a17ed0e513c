import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ChangesSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { RecordPolicy } from '../../../executor/src/lanes/messages.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import { specOf } from '../../shared/sql/spec-of.ts';
import {
  openPlan,
  policy,
  range,
  rowsOf,
  runDone,
  runFailed,
  slice,
  startLane,
  type TestRecord,
  task,
} from './lane-fixture.ts';

// Records of sources of changes from their bytes to the rows that come and go, and those that say no change.

const COLUMNS = [
  { name: 'id', type: 'INTEGER', encoding: 'plain' as const },
  { name: 'name', type: 'VARCHAR', encoding: 'plain' as const },
  { name: 'ts', type: 'TIMESTAMP', encoding: 'epochMs' as const },
];

/** Runs batches of one task each over a source of changes; gives what each put out, and the counts of the last. */
async function openChanges(t: TestContext, changes: ChangesSpec, query = 'SELECT id, name FROM events') {
  const spec = specOf(query, 'changelog');
  const [source] = spec.sources;
  spec.sources = [{ ...source!, format: { kind: 'json', columns: COLUMNS }, changes, watermark: null }];
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  const compiled = await compileJob(spec, frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const { plan } = compiled;
  const lane = startLane(t);
  await openPlan(lane, plan);
  const operators = statefulOperators(plan).map(({ id }) => id);
  const blobs: string[] = [];
  const request = (records: readonly TestRecord[], more: Partial<RecordPolicy> = {}) => {
    const name = `b${blobs.length}`;
    const own = {
      state: operators.map((operatorId) => ({ operatorId, blobs: [...blobs] })),
      pendingNames: operators.map((operatorId) => ({ operatorId, name })),
    };
    const wanted = operators.length > 0 ? slice([], name, own) : null;
    const input = { kind: 'records' as const, ranges: [range(records, { source: 'events', topic: 'events' })] };
    const batch = {
      planHash: plan.hash,
      batchId: blobs.length,
      slice: wanted,
      recordPolicies: { events: policy(more) },
    };
    return task(input, batch);
  };
  return {
    async batch(records: readonly TestRecord[], more: Partial<RecordPolicy> = {}) {
      const sent = request(records, more);
      const result = await runDone(lane, sent);
      if (result.state.length > 0) {
        blobs.push(result.state[0]!.name);
        await lane.run({
          kind: 'finishBatch',
          jobId: sent.jobId,
          batchId: sent.batchId,
          adoptedBlobs: [blobs.at(-1)!],
        });
      }
      return {
        result,
        rows: rowsOf(result)
          .map((row) => row.slice(0, -1).concat(row.at(-1)).join(' '))
          .sort(),
      };
    },
    fails: async (records: readonly TestRecord[]) => (await runFailed(lane, request(records))).message,
  };
}

const row = (id: unknown, name: unknown, ts: unknown = 1_700_000_000_000) => ({ id, name, ts, more: [id] });
const envelope = (op: string, before: unknown, after: unknown): TestRecord => ({
  value: JSON.stringify({ before, after, source: { lsn: 1 }, op, ts_ms: 1 }),
});
const wrapped = (op: string, before: unknown, after: unknown): TestRecord => ({
  value: `{"schema": {"type": "struct"}, "payload": ${envelope(op, before, after).value}}`,
});
const TOMBSTONE: TestRecord = { key: '{"id":1}', value: null };
const upsert = (key: string | null, value: unknown): TestRecord => ({
  key,
  value: value === null ? null : JSON.stringify(value),
});

test('envelopes with a key: of each row the newest counts, with or without the row before', async (t) => {
  const source = await openChanges(t, { kind: 'debezium', key: ['id'] });
  const first = [envelope('r', null, row(1, 'a')), wrapped('c', null, row(2, 'b')), envelope('u', null, row(1, 'c'))];
  assert.deepEqual((await source.batch(first)).rows, ['1 c c', '2 b c']);
  const second = [
    envelope('d', { id: 1 }, null),
    TOMBSTONE,
    wrapped('u', row(2, 'b'), row(2, 'd')),
    envelope('d', { id: 9 }, null),
  ];
  assert.deepEqual((await source.batch(second)).rows, ['1 c d', '2 b d', '2 d c']);
  // The connector was started again, and tells what it told before.
  const again = await source.batch(second);
  assert.deepEqual(again.rows, []);
  assert.deepEqual(again.result.counts.badByReason, {});
  assert.deepEqual((await source.batch([envelope('u', row(2, 'd'), row(3, 'd'))])).rows, ['2 d d', '3 d c']);
});

test('envelopes without a key are taken at their word', async (t) => {
  const source = await openChanges(t, { kind: 'debezium', key: null });
  const changes = [
    envelope('c', null, row(1, 'a')),
    TOMBSTONE,
    wrapped('u', row(1, 'a'), row(1, 'b')),
    envelope('d', row(7, 'x'), null),
  ];
  assert.deepEqual((await source.batch(changes)).rows, ['1 b c', '7 x d']);
});

test('upserts: the key of the record names the row, in each of its forms', async (t) => {
  const source = await openChanges(t, { kind: 'upsert', key: ['id'] });
  const first = [
    upsert('1', { name: 'a' }),
    upsert('{"id": 2}', { name: 'b', id: 7 }),
    upsert('"3"', { name: 'c' }),
    upsert('1', { name: 'd' }),
  ];
  assert.deepEqual((await source.batch(first)).rows, ['1 d c', '2 b c', '3 c c']);
  const second = [
    upsert('{"id":1}', null),
    upsert('3', null),
    upsert('3', { name: 'e' }),
    upsert('9', null),
    upsert('{"id": null}', {}),
  ];
  assert.deepEqual((await source.batch(second)).rows, ['  c', '1 d d', '3 c d', '3 e c']);
});

test('a key of several columns is an object; texts are what they are', async (t) => {
  const source = await openChanges(
    t,
    { kind: 'upsert', key: ['name', 'ts'] },
    'SELECT name, ts::VARCHAR AS ts FROM events',
  );
  const key = '{"name": "\\"x", "ts": 1700000000000}';
  assert.deepEqual((await source.batch([upsert(key, { id: 1 })])).rows, ['"x 2023-11-14 22:13:20 c']);
  const single = await openChanges(t, { kind: 'upsert', key: ['name'] }, 'SELECT name FROM events');
  const keys = ['plain', '{broken', '', '17', 'true', '"json \\u00e9"', 'null'];
  const found = await single.batch(keys.map((one) => upsert(one, { id: 1 })));
  assert.deepEqual(found.rows, [' c', '17 c', 'json é c', 'null c', 'plain c', 'true c', '{broken c']);
});

const BAD: [changes: ChangesSpec, record: TestRecord, detail: string][] = [
  [{ kind: 'debezium', key: null }, envelope('x', null, row(1, 'a')), 'op is none of c, r, u and d'],
  [{ kind: 'debezium', key: ['id'] }, envelope('t', null, null), 'op is none of c, r, u and d'],
  [{ kind: 'debezium', key: ['id'] }, { value: '{"id": 1, "name": "a"}' }, 'op is none of c, r, u and d'],
  [{ kind: 'debezium', key: ['id'] }, envelope('u', row(1, 'a'), null), 'there is no row after'],
  [{ kind: 'debezium', key: ['id'] }, envelope('d', null, null), 'there is no row before'],
  [{ kind: 'debezium', key: ['id'] }, envelope('c', null, row('x', 'a')), 'the row has no id'],
  [
    { kind: 'debezium', key: null },
    envelope('u', null, row(1, 'a')),
    'there is no row before; declare the key of the source, or have the database log whole rows',
  ],
  [{ kind: 'upsert', key: ['id'] }, upsert(null, { name: 'a' }), 'the key has no id, or one that is no INTEGER'],
  [{ kind: 'upsert', key: ['id'] }, upsert('x', { name: 'a' }), 'the key has no id, or one that is no INTEGER'],
  [{ kind: 'upsert', key: ['id'] }, upsert('{"x": 1}', null), 'the key has no id, or one that is no INTEGER'],
  [{ kind: 'upsert', key: ['id', 'name'] }, upsert('{"id": 1}', {}), 'the key has no name, or one that is no VARCHAR'],
  [{ kind: 'upsert', key: ['id', 'name'] }, upsert('1', {}), 'the key has no id, or one that is no INTEGER'],
];

for (const [changes, record, detail] of BAD) {
  test(`${changes.kind} with ${changes.key ?? 'no key'}: ${record.key} ${record.value} is a bad record`, async (t) => {
    const source = await openChanges(t, changes);
    const good =
      changes.kind === 'upsert' ? upsert('{"id": 5, "name": "g"}', { name: 'g' }) : envelope('c', null, row(5, 'g'));
    const message = await source.fails([good, record]);
    assert.equal(
      message.slice(0, message.indexOf(')') + 1),
      `events/0 at offset 1 says no change of a row (${detail})`,
    );
    const { result, rows } = await source.batch([good, record], { onBadRecord: 'collect' });
    assert.deepEqual([rows, result.counts.badByReason], [['5 g c'], { notChange: 1 }]);
    assert.deepEqual(
      result.badRecords.map((bad) => [
        bad.offset,
        bad.reason,
        bad.detail,
        bad.value && Buffer.from(bad.value).toString(),
      ]),
      [[1, 'notChange', detail, record.value]],
    );
  });
}

test('what is no JSON is told from what is no change, and tombstones of envelopes are neither', async (t) => {
  const source = await openChanges(t, { kind: 'debezium', key: ['id'] });
  const records = [
    TOMBSTONE,
    { value: 'x' },
    { value: '{"op"' },
    { value: '' },
    envelope('c', null, row(1, 'a')),
    { value: '{}' },
  ];
  const { result, rows } = await source.batch(records, { onBadRecord: 'drop' });
  assert.deepEqual(rows, ['1 a c']);
  assert.deepEqual(result.counts.badByReason, { notObject: 1, malformed: 1, emptyValue: 1, notChange: 1 });
});

test('fields of the wrong type: NULL and counted, or bad where the source is strict', async (t) => {
  const source = await openChanges(t, { kind: 'debezium', key: ['id'] }, 'SELECT id, ts FROM events');
  const records = [envelope('c', null, row(1, 'a', 'never')), envelope('c', null, row(2, 'b'))];
  const lenient = await source.batch(records);
  assert.deepEqual([lenient.rows.length, lenient.result.counts.nullFields], [2, 1]);
  const strict = await source.batch(records, { strict: true, onBadRecord: 'drop' });
  assert.deepEqual(strict.result.counts.badByReason, { wrongType: 1 });
});
