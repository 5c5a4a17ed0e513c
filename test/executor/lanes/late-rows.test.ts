import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { readRecords, recordBatches } from '@millrace/shared/kafka';
import type { JobPlan } from '@millrace/shared/plan';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import type { LaneTask, LaneTaskResult } from '../../../executor/src/lanes/messages.ts';
import { specOf } from '../../shared/sql/spec-of.ts';
import { ALL_PARTITIONS, openPlan, policy, range, runDone, startLane, type TestRecord, task } from './lane-fixture.ts';

const QUERY =
  `SELECT "user", window_start, count(*) AS n FROM tumble(events, ts, INTERVAL '10 seconds') ` +
  'WHERE amount > 0 GROUP BY "user", window_start';
const WATERMARK_MS = 20_000;

const event = (user: string | null, ts: number | null, amount = 1): TestRecord => ({
  value: JSON.stringify({ user, ts, amount, country: 'DE' }),
});
/** On time, late, late and filtered out, in the last open window, without a time, late. */
const EVENTS = [
  event('ann', 25_000),
  event('bob', 19_999),
  event('bob', 5_000, -1),
  event('cid', 20_000),
  event('dan', null),
  event(null, 3),
];
const window = (start: string, end: string) => ({ window_start: start, window_end: end });
const LATE = [
  {
    user: 'bob',
    amount: 1,
    ts: '1970-01-01T00:00:19.999Z',
    ...window('1970-01-01T00:00:10.000Z', '1970-01-01T00:00:20.000Z'),
  },
  { user: 'dan', amount: 1, ts: null, window_start: null, window_end: null },
  {
    user: null,
    amount: 1,
    ts: '1970-01-01T00:00:00.003Z',
    ...window('1970-01-01T00:00:00.000Z', '1970-01-01T00:00:10.000Z'),
  },
];

async function compile(t: TestContext, query: string): Promise<JobPlan> {
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  const compiled = await compileJob(specOf(query, 'update'), frontend);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.plan;
}

const mapTask = (plan: JobPlan, records: readonly TestRecord[], more: Partial<LaneTask>) =>
  task(
    { kind: 'records', ranges: [range(records, { source: 'events' })] },
    {
      ...{ planHash: plan.hash, stage: 's0', batchId: 7, watermarkMs: WATERMARK_MS, encoding: null },
      shuffle: { sliceOfPartition: ALL_PARTITIONS.map(() => 0), isLocal: [true] },
      lateEncoding: { kind: 'file', format: 'ndjson' },
      ...more,
    },
  );

function keptIn({ lateRows }: LaneTaskResult): unknown[] {
  assert.equal(lateRows?.kind, 'file');
  const lines = readFileSync((lateRows as { path: string }).path, 'utf8')
    .split('\n')
    .slice(0, -1);
  assert.equal(lateRows?.rows, lines.length);
  return lines.map((line) => JSON.parse(line));
}

test('a map task keeps late rows as they were before they were grouped, with operator, watermark and batch', async (t) => {
  const lane = startLane(t);
  const plan = await compile(t, QUERY);
  await openPlan(lane, plan);
  const kept = (await runDone(lane, mapTask(plan, EVENTS, {}))) as LaneTaskResult;
  const about = { operator: plan.stages[1]!.operators[0]!.id, watermark: '1970-01-01T00:00:20.000Z', batch: 7 };
  const expected = LATE.map((row) => ({ ...about, row }));
  assert.deepEqual(keptIn(kept), expected);
  // A bad record among them makes the task read its records another way.
  const recordPolicies = { events: policy({ onBadRecord: 'drop' }) };
  const withBad = [{ value: '{"user":' }, ...EVENTS];
  assert.deepEqual(keptIn(await runDone(lane, mapTask(plan, withBad, { recordPolicies }))), expected);
});

test('late rows for a topic are record batches', async (t) => {
  const lane = startLane(t);
  const plan = await compile(t, QUERY);
  await openPlan(lane, plan);
  const lateEncoding = {
    ...{ kind: 'recordBatches' as const, partitions: 3, keyColumns: [], headers: {} },
    ...{ compression: 'none' as const, batchBytesMax: 900_000 },
  };
  const { lateRows } = await runDone(lane, mapTask(plan, EVENTS, { lateEncoding }));
  assert.equal(lateRows?.kind, 'recordBatches');
  const values = (lateRows as Extract<typeof lateRows, { kind: 'recordBatches' }>).partitions.flatMap(({ batches }) =>
    batches.flatMap((batch) => [...recordBatches(new Uint8Array(batch))].flatMap((one) => [...readRecords(one)])),
  );
  assert.deepEqual(
    values.map(({ value }) => (JSON.parse(String(value)) as { row: unknown }).row),
    LATE,
  );
});

test('nothing is kept where nothing is late, or where nobody wants it', async (t) => {
  const lane = startLane(t);
  const plan = await compile(t, QUERY);
  await openPlan(lane, plan);
  assert.equal((await runDone(lane, mapTask(plan, EVENTS, { lateEncoding: null }))).lateRows, null);
  assert.equal((await runDone(lane, mapTask(plan, EVENTS.slice(0, 1), {}))).lateRows, null);
  assert.equal((await runDone(lane, mapTask(plan, EVENTS.slice(0, 1), { watermarkMs: null }))).lateRows, null);
});

test('columns of one name are kept side by side', async (t) => {
  const lane = startLane(t);
  const query =
    `SELECT t.window_start, sum(t.amount) AS s, sum(u.amount) AS n FROM tumble((SELECT *, amount AS extra FROM events), ts, INTERVAL '10 seconds') AS t, ` +
    'unnest([1, 2]) AS u(amount) GROUP BY t.window_start';
  const plan = await compile(t, query);
  await openPlan(lane, plan);
  const kept = keptIn(await runDone(lane, mapTask(plan, [event('ann', 1)], {}))) as { row: Record<string, unknown> }[];
  assert.deepEqual(
    kept.map(({ row }) => [row.amount, row.amount_1]),
    [
      [1, 1],
      [1, 2],
    ],
  );
});
