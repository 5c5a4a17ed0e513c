import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MillraceError } from '@millrace/shared/errors';
import { openLane } from '../../../executor/src/lanes/lane-pool.ts';
import {
  JOB,
  openPlan,
  passThrough,
  payment,
  range,
  rowsOf,
  runDone,
  runFailed,
  startLane,
  task,
} from './lane-fixture.ts';

const ENDLESS =
  'count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.range + b.range + c.range = -1';

function endless() {
  const plan = passThrough();
  plan.hash = 'endless';
  plan.stages[0]!.operators[0]!.statements = [`CREATE OR REPLACE TEMP TABLE out_rows AS SELECT ${ENDLESS}`];
  return plan;
}

const one = () => ({ kind: 'records' as const, ranges: [range([payment('ann', 1)])] });

test('an interrupt stops a running statement, and the lane goes on', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, endless(), 'endless');
  await openPlan(lane, passThrough());
  const running = task(one(), { jobId: 'endless', planHash: 'endless', attemptId: 'a1' });
  const reply = lane.run(running);
  const next = lane.run(task(one()));
  lane.interrupt('a1');
  const failed = await reply;
  assert.equal(failed.kind === 'failed' && failed.failure.code, 'CANCELLED');
  assert.equal((await next).kind, 'taskDone');
});

test('an interrupt that comes before its task, or while the lane is idle, counts', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  lane.interrupt('early');
  assert.equal((await runFailed(lane, task(one(), { attemptId: 'early' }))).code, 'CANCELLED');
  await runDone(lane, task(one(), { attemptId: 'other' }));
});

test('an interrupt of another attempt changes nothing', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  const reply = runDone(lane, task(one(), { attemptId: 'mine' }));
  lane.interrupt('not-mine');
  assert.equal(rowsOf(await reply).length, 1);
});

test('close interrupts what runs, answers it, and is idempotent', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, endless(), 'endless');
  const reply = lane.run(task(one(), { jobId: 'endless', planHash: 'endless' }));
  await Promise.all([lane.close(), lane.close()]);
  const failed = await reply;
  assert.equal(failed.kind === 'failed' && failed.failure.code, 'CANCELLED');
  await assert.rejects(lane.run(task(one())), { code: 'EXECUTOR_DRAINING' });
});

test('a job that is not open, or open with another plan, says so', async (t) => {
  const lane = startLane(t);
  assert.equal((await runFailed(lane, task(one()))).code, 'JOB_NOT_OPEN');
  await openPlan(lane, passThrough());
  assert.equal((await runFailed(lane, task(one(), { planHash: 'plan-2' }))).code, 'JOB_NOT_OPEN');
  await lane.run({ kind: 'closeJob', jobId: JOB });
  assert.equal((await runFailed(lane, task(one()))).code, 'JOB_NOT_OPEN');
  assert.equal(existsSync(join(lane.scratchDir, JOB, 'lane-0.ndjson')), false);
});

test('a job id that would leave the scratch folder is refused', async (t) => {
  const lane = startLane(t);
  for (const jobId of ['..', '../x', '.', 'a/b', '']) {
    assert.equal(
      (await runFailed(lane, { kind: 'openJob', jobId, planHash: 'p', planJson: '{}' })).code,
      'INVALID_ARGUMENT',
      jobId,
    );
  }
});

test("errors of the query name the operator and are the user's", async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough('("user"::INTEGER) AS n', [{ name: 'n', type: 'INTEGER' }]));
  const failure = await runFailed(lane, task(one()));
  assert.deepEqual([failure.code, failure.domain], ['QUERY_FAILED', 'user']);
  assert.match(failure.message, /^Conversion Error: Could not convert string 'ann' to INT32.* \(operator out\)$/);
});

test("statements see their job's scratch folder and nothing else", async (t) => {
  const lane = startLane(t);
  const outside = join(lane.scratchDir, 'outside.csv');
  writeFileSync(outside, 'a\n1\n');
  for (const sql of [
    `SELECT * FROM read_csv('${outside}')`,
    `SELECT * FROM read_csv('${lane.scratchDir}/${JOB}/../outside.csv')`,
    `SELECT * FROM read_text('/etc/hostname')`,
    `SELECT getenv('HOME')`,
  ]) {
    const plan = passThrough();
    plan.hash = sql;
    plan.stages[0]!.operators[0]!.statements = [`CREATE OR REPLACE TEMP TABLE out_rows AS ${sql}`];
    await openPlan(lane, plan);
    await runFailed(lane, task(one(), { planHash: sql }));
  }
  for (const sql of [
    `SET threads = 4`,
    `ATTACH '${outside}.db'`,
    `COPY (SELECT 1) TO '${outside}'`,
    'INSTALL httpfs',
    'LOAD httpfs',
  ]) {
    const plan = passThrough();
    plan.hash = sql;
    plan.stages[0]!.operators[0]!.statements = [sql];
    await openPlan(lane, plan);
    await runFailed(lane, task(one(), { planHash: sql }));
  }
});

test('batch time and watermarks are what statements read', async (t) => {
  const lane = startLane(t);
  const read = ['batch_time', 'watermark', 'previous_watermark']
    .map((name) => `getvariable('${name}') AS ${name}`)
    .join(', ');
  await openPlan(
    lane,
    passThrough(
      read,
      ['batch_time', 'watermark', 'previous_watermark'].map((name) => ({ name, type: 'TIMESTAMP' })),
    ),
  );
  const result = await runDone(lane, task(one(), { timestampMs: 1_500, watermarkMs: 250 }));
  assert.deepEqual(rowsOf(result), [['1970-01-01 00:00:01.5', '1970-01-01 00:00:00.25', '-infinity']]);
});

test('counters are added up', async (t) => {
  const lane = startLane(t);
  const plan = passThrough();
  plan.stages[0]!.operators[0]!.counters = [
    { name: 'lateRows', sql: 'SELECT count(*) FROM input' },
    { name: 'lateRows', sql: 'SELECT 5' },
  ];
  await openPlan(lane, plan);
  const { counts } = await runDone(lane, task(one()));
  assert.deepEqual([counts.lateRows, counts.lateByOperator], [6, { out: 6 }]);
});

test('several jobs share a lane without seeing each other', async (t) => {
  const lane = startLane(t);
  for (const jobId of ['a', 'b']) await openPlan(lane, passThrough(), jobId);
  const [a, b] = await Promise.all(
    ['a', 'b'].map((jobId) =>
      runDone(lane, task({ kind: 'records', ranges: [range([payment(jobId, 1)])] }, { jobId })),
    ),
  );
  assert.deepEqual([rowsOf(a!)[0]![0], rowsOf(b!)[0]![0]], ['a', 'b']);
});

test('when the thread dies, what is pending and all that comes after is rejected', async (t) => {
  const workerFile = import.meta.resolve('./dying-worker.ts');
  const lane = openLane({ lane: 3, scratchDir: '/nowhere', memoryMaxBytes: 0 }, workerFile);
  t.after(() => lane.close());
  assert.deepEqual(await lane.run({ kind: 'closeJob', jobId: JOB }), { kind: 'done' });
  const pending = [lane.run(task(one())), lane.run(task(one()))];
  for (const reply of pending) await assert.rejects(reply, { code: 'EXECUTOR_LOST', message: 'Lane 3 died.' });
  await assert.rejects(lane.run(task(one())), { code: 'EXECUTOR_LOST' });
});

test('a thread that cannot start says why', async (t) => {
  const workerFile = import.meta.resolve('./unloadable-worker.ts');
  const lane = openLane({ lane: 0, scratchDir: '/nowhere', memoryMaxBytes: 0 }, workerFile);
  t.after(() => lane.close());
  await assert.rejects(lane.run({ kind: 'closeJob', jobId: JOB }), ({ code, cause }: MillraceError) => {
    assert.equal(code, 'EXECUTOR_LOST');
    assert.equal((cause as Error).message, 'a library is missing');
    return true;
  });
});

test('a request that cannot be sent is refused, and the lane lives on', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, passThrough());
  await assert.rejects(lane.run({ ...task(one()), jobId: (() => JOB) as unknown as string }), { code: 'INTERNAL' });
  await runDone(lane, task(one()));
});
