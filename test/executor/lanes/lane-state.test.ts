import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Lane } from '../../../executor/src/lanes/lane-pool.ts';
import type {
  LaneRequest,
  LaneSlice,
  LaneTask,
  LaneTaskResult,
  StateFile,
} from '../../../executor/src/lanes/messages.ts';
import {
  ALL_PARTITIONS,
  JOB,
  openPlan,
  payment,
  policy,
  range,
  rowsOf,
  runDone,
  runFailed,
  slice,
  startLane,
  type TestRecord,
  task,
  totalsPerUser,
} from './lane-fixture.ts';

const EVEN = ALL_PARTITIONS.filter((partition) => partition % 2 === 0);
const ODD = ALL_PARTITIONS.filter((partition) => partition % 2 === 1);
const DAY_MS = 86_400_000;

async function map(lane: Lane, records: TestRecord[], slices = 1): Promise<LaneTaskResult['blocks']> {
  const shuffle = {
    sliceOfPartition: ALL_PARTITIONS.map((partition) => partition % slices),
    isLocal: Array.from({ length: slices }, (_, slice) => slice === 0),
  };
  return (await runDone(lane, task({ kind: 'records', ranges: [range(records)] }, { shuffle, encodings: {} }))).blocks;
}

function reduce(blocks: LaneTaskResult['blocks'], of: LaneSlice, batchId: number, more: Partial<LaneTask> = {}) {
  return task({ kind: 'blocks', files: blocks }, { stage: 's1', slice: of, batchId, ...more });
}

const finish = (lane: Lane, batchId: number, ...adoptedBlobs: string[]) =>
  lane.run({ kind: 'finishBatch', jobId: JOB, batchId, adoptedBlobs });

const byUser = (result: LaneTaskResult) => rowsOf(result).sort((a, b) => String(a[0]).localeCompare(String(b[0])));

function files(results: LaneTaskResult[], partitions = ALL_PARTITIONS): StateFile[] {
  return results.flatMap(({ state }) =>
    state.map(({ operatorId, name, path, kind }) => ({ operatorId, name, path, kind, partitions })),
  );
}

test('state is carried from batch to batch through finishBatch, NULL being a key like any other', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const first = await runDone(
    lane,
    reduce(await map(lane, [payment('ann', 1), payment(null, 2), payment('ann', 3)]), slice([], 'd0'), 0),
  );
  assert.deepEqual(byUser(first), [
    ['ann', '2', '4.00'],
    [null, '1', '2.00'],
  ]);
  assert.deepEqual(
    first.state.map(({ name, kind, rows }) => [name, kind, rows]),
    [['d0', 'delta', 2]],
  );
  assert.equal(first.operators[0]?.rows, 2, 'with what this batch adds');
  await finish(lane, 0, 'd0');
  const second = await runDone(
    lane,
    reduce(await map(lane, [payment('ann', 10), payment(null, 5)]), slice(['d0'], 'd1'), 1),
  );
  assert.deepEqual(byUser(second), [
    ['ann', '3', '14.00'],
    [null, '2', '7.00'],
  ]);
  assert.deepEqual(
    second.operators.map(({ rows, nextExpiryMs }) => [rows, nextExpiryMs]),
    [[2, 1_700_000_000_000 + DAY_MS]],
  );
});

test('a pending version is adopted when the next task asks for it, though finishBatch never came', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  await runDone(lane, reduce(await map(lane, [payment('ann', 1)]), slice([], 'd0'), 0));
  const next = await runDone(lane, reduce(await map(lane, [payment('ann', 2)]), slice(['d0'], 'd1'), 1));
  assert.deepEqual(rowsOf(next), [['ann', '2', '3.00']]);
});

test('of rival attempts the one that was committed counts, whichever ran last', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  for (const committed of ['d0', 'd0-retry', 'd0-third']) {
    await lane.run({ kind: 'closeJob', jobId: JOB });
    await openPlan(lane, totalsPerUser());
    const blocks = { d0: [payment('ann', 1)], 'd0-retry': [payment('ann', 2)], 'd0-third': [payment('ann', 3)] };
    for (const [name, records] of Object.entries(blocks)) {
      await runDone(lane, reduce(await map(lane, records), slice([], name), 0));
    }
    await finish(lane, 0, committed);
    const next = await runDone(lane, reduce([], slice([committed], 'd1', { snapshot: true }), 1));
    assert.equal(next.state[0]?.rows, 1);
    const again = await runDone(lane, reduce(await map(lane, [payment('ann', 10)]), slice([committed], 'd1b'), 1));
    const expected = { d0: '11.00', 'd0-retry': '12.00', 'd0-third': '13.00' }[committed];
    assert.deepEqual(rowsOf(again), [['ann', '2', expected]], committed);
  }
});

test('an attempt of an aborted batch leaves nothing', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  await runDone(lane, reduce(await map(lane, [payment('ann', 1)]), slice([], 'd0'), 0));
  assert.deepEqual(await lane.run({ kind: 'abortBatch', jobId: JOB, batchId: 0 }), { kind: 'done' });
  const again = await runDone(lane, reduce(await map(lane, [payment('ann', 5)]), slice([], 'd0b'), 0));
  assert.deepEqual(rowsOf(again), [['ann', '1', '5.00']]);
  assert.deepEqual(await lane.run(reduce([], slice(['d0'], 'd1'), 1)), {
    kind: 'stateMissing',
    operatorIds: ['totals'],
  });
});

test('a batch that changes nothing leaves no delta, and the version stays', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  await runDone(lane, reduce(await map(lane, [payment('ann', 1)]), slice([], 'd0'), 0));
  await finish(lane, 0, 'd0');
  const idle = await runDone(lane, reduce([], slice(['d0'], 'd1'), 1));
  assert.deepEqual([idle.state, rowsOf(idle)], [[], []]);
  await finish(lane, 1);
  assert.deepEqual(rowsOf(await runDone(lane, reduce(await map(lane, [payment('ann', 1)]), slice(['d0'], 'd2'), 2))), [
    ['ann', '2', '2.00'],
  ]);
});

test('another lane restores state from blobs, later rows win, and goes on', async (t) => {
  const [home, other] = [startLane(t), startLane(t)];
  for (const lane of [home, other]) await openPlan(lane, totalsPerUser());
  const zero = await runDone(
    home,
    reduce(await map(home, [payment('ann', 1), payment(null, 1), payment('bob', 7)]), slice([], 'd0'), 0),
  );
  await finish(home, 0, 'd0');
  const one = await runDone(
    home,
    reduce(await map(home, [payment('ann', 2), payment(null, 2)]), slice(['d0'], 'd1'), 1),
  );
  const wanted = slice(['d0', 'd1'], 'd2');
  const blocks = await map(other, [payment('ann', 4), payment(null, 4)]);
  assert.deepEqual(await other.run(reduce(blocks, wanted, 2)), { kind: 'stateMissing', operatorIds: ['totals'] });
  const restore = {
    kind: 'restoreState',
    jobId: JOB,
    attemptId: 'r',
    slice: wanted,
    files: copyInto(other.scratchDir, files([zero, one])),
    previousWatermarkMs: null,
    ttl: null,
  } as const;
  assert.deepEqual(await other.run(restore), { kind: 'done' });
  const result = await runDone(other, reduce(blocks, wanted, 2));
  assert.deepEqual(byUser(result), [
    ['ann', '3', '7.00'],
    [null, '3', '7.00'],
  ]);
  assert.equal(result.operators[0]?.rows, 3);
});

test('a snapshot holds the whole state and stands for all that is older', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const zero = await runDone(lane, reduce(await map(lane, [payment('ann', 1), payment('bob', 1)]), slice([], 'd0'), 0));
  await finish(lane, 0, 'd0');
  const one = await runDone(
    lane,
    reduce(await map(lane, [payment('ann', 1)]), slice(['d0'], 's1', { snapshot: true }), 1),
  );
  assert.deepEqual(
    one.state.map(({ kind, rows }) => [kind, rows]),
    [['snapshot', 2]],
  );
  const rows = await lane.run({
    kind: 'queryState',
    jobId: JOB,
    sql: 'SELECT "user", n FROM totals_state ORDER BY 1',
    files: files([one]),
    watermarkMs: null,
    ttl: null,
    rowsMax: 1,
  });
  assert.deepEqual(rows, { kind: 'stateRows', columns: ['user', 'n'], rowsJson: '[["ann","2"]]', truncated: true });
  const both = await lane.run({
    kind: 'queryState',
    jobId: JOB,
    sql: 'SELECT sum(n) AS n FROM totals_state',
    files: files([zero, one]),
    watermarkMs: null,
    ttl: null,
    rowsMax: 10,
  });
  assert.deepEqual(both, { kind: 'stateRows', columns: ['n'], rowsJson: '[["3"]]', truncated: false });
});

test('state that the watermark has closed is gone after finishBatch and after a restore', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const records = [payment('old', 1, 0), payment('new', 1, 5 * DAY_MS)];
  const zero = await runDone(lane, reduce(await map(lane, records), slice([], 'd0'), 0, { watermarkMs: 2 * DAY_MS }));
  await finish(lane, 0, 'd0');
  const more = { watermarkMs: 2 * DAY_MS, previousWatermarkMs: 2 * DAY_MS };
  assert.equal((await runDone(lane, reduce([], slice(['d0'], 'd1'), 1, more))).operators[0]?.rows, 1);
  await lane.run({
    kind: 'restoreState',
    jobId: JOB,
    attemptId: 'r',
    slice: slice(['d0'], 'd1'),
    files: files([zero]),
    previousWatermarkMs: 2 * DAY_MS,
    ttl: null,
  });
  assert.equal((await runDone(lane, reduce([], slice(['d0'], 'd1'), 1, more))).operators[0]?.rows, 1);
});

test('two slices share a lane without meeting, and a new layout replaces the old', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const users = Array.from({ length: 200 }, (_, i) => `u${i}`);
  const blocks = await map(
    lane,
    users.map((user) => payment(user, 1)),
    2,
  );
  assert.deepEqual(
    blocks.map(({ slice: index }) => index),
    [0, 1],
  );
  assert.equal(
    blocks.reduce((sum, { rows }) => sum + rows, 0),
    200,
  );
  const done = [];
  for (const [index, partitions] of [EVEN, ODD].entries()) {
    const of = slice([], `d0-${index}`, { partitions });
    done.push(
      await runDone(
        lane,
        reduce(
          blocks.filter((block) => block.slice === index),
          of,
          0,
        ),
      ),
    );
  }
  await finish(lane, 0, 'd0-0', 'd0-1');
  const even = await runDone(lane, reduce([], slice(['d0-0'], 'x', { partitions: EVEN }), 1));
  const odd = await runDone(lane, reduce([], slice(['d0-1'], 'y', { partitions: ODD }), 1));
  assert.equal((even.operators[0]?.rows ?? 0) + (odd.operators[0]?.rows ?? 0), 200);
  const whole = slice(['d0-0', 'd0-1'], 'z');
  assert.equal((await lane.run(reduce([], whole, 1))).kind, 'stateMissing');
  const all = [...files([done[0]!], EVEN), ...files([done[1]!], ODD)];
  await lane.run({
    kind: 'restoreState',
    jobId: JOB,
    attemptId: 'r',
    slice: whole,
    files: all,
    previousWatermarkMs: null,
    ttl: null,
  });
  assert.equal((await runDone(lane, reduce([], whole, 1))).operators[0]?.rows, 200);
});

test('only the partitions of the slice are restored', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const records = Array.from({ length: 200 }, (_, i) => payment(`u${i}`, 1));
  const zero = await runDone(lane, reduce(await map(lane, records), slice([], 'd0'), 0));
  let rows = 0;
  for (const partitions of [EVEN, ODD]) {
    const half = slice(['d0'], 'd1', { partitions });
    await lane.run({
      kind: 'restoreState',
      jobId: JOB,
      attemptId: 'r',
      slice: half,
      files: files([zero]),
      previousWatermarkMs: null,
      ttl: null,
    });
    rows += (await runDone(lane, reduce([], half, 1))).operators[0]?.rows ?? 0;
  }
  assert.equal(rows, 200);
});

const whole = (records: TestRecord[], of: LaneSlice, batchId: number, more: Partial<LaneTask> = {}) =>
  task({ kind: 'records', ranges: [range(records)] }, { stage: 's1', slice: of, batchId, ...more });

test('one task runs all stages over records: the same rows, state and event times, and nothing is shuffled', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const first = await runDone(
    lane,
    whole([payment('ann', 1), payment(null, 2), payment('ann', 3)], slice([], 'd0'), 0),
  );
  assert.deepEqual(byUser(first), [
    ['ann', '2', '4.00'],
    [null, '1', '2.00'],
  ]);
  assert.deepEqual(
    [first.blocks, first.state.map(({ name, rows }) => [name, rows]), first.counts.recordsIn],
    [[], [['d0', 2]], 3],
  );
  assert.deepEqual(
    first.eventTimes.map(({ maxMs }) => maxMs),
    [1_700_000_000_000],
  );
  await finish(lane, 0, 'd0');
  // State goes on in either way.
  const shuffled = await runDone(lane, reduce(await map(lane, [payment('ann', 10)]), slice(['d0'], 'd1'), 1));
  assert.deepEqual(rowsOf(shuffled), [['ann', '3', '14.00']]);
  await finish(lane, 1, 'd1');
  const last = await runDone(lane, whole([payment('ann', 100)], slice(['d1'], 'd2'), 2));
  assert.deepEqual(rowsOf(last), [['ann', '4', '114.00']]);
});

test('records that are bad do not reach the state of a task that runs all stages', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const records = [payment('ann', 1), { value: '{"user":' }, payment('ann', 2), { value: '{}' }];
  const result = await runDone(
    lane,
    whole(records, slice([], 'd0'), 0, { recordPolicies: { payments: policy({ onBadRecord: 'drop' }) } }),
  );
  assert.deepEqual(byUser(result), [
    ['ann', '2', '3.00'],
    [null, '1', null],
  ]);
  assert.equal(result.counts.badRecords, 1);
});

test('a task that runs all stages must serve all state partitions', async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const failure = await runFailed(lane, whole([payment('ann', 1)], slice([], 'd0', { partitions: EVEN }), 0));
  assert.equal(failure.code, 'INVALID_ARGUMENT');
});

test("SQL over state reaches no files and its mistakes are the caller's", async (t) => {
  const lane = startLane(t);
  await openPlan(lane, totalsPerUser());
  const query = (sql: string): LaneRequest => ({
    kind: 'queryState',
    jobId: JOB,
    sql,
    files: [],
    watermarkMs: null,
    ttl: null,
    rowsMax: 5,
  });
  for (const sql of [
    `SELECT * FROM read_text('/etc/hostname')`,
    `COPY totals_state TO '${lane.scratchDir}/${JOB}/x.parquet'`,
    'SELECT nope',
  ]) {
    assert.equal((await runFailed(lane, query(sql))).code, 'INVALID_ARGUMENT', sql);
  }
  const tables = await lane.run(query(''));
  assert.deepEqual(tables, {
    kind: 'stateRows',
    columns: ['table', 'rows', 'columns'],
    rowsJson: '[["totals_state","0","5"]]',
    truncated: false,
  });
});

function copyInto(scratchDir: string, originals: StateFile[]): StateFile[] {
  const folder = join(scratchDir, JOB, 'restored');
  mkdirSync(folder, { recursive: true });
  return originals.map((file) => {
    const path = join(folder, basename(file.path));
    copyFileSync(file.path, path);
    return { ...file, path };
  });
}
