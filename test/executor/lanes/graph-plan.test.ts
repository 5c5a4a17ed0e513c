import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { LaneSlice, LaneTaskResult, StateFile } from '../../../executor/src/lanes/messages.ts';
import { SPREAD_QUERY, spreadOfTotals } from './graph-plan.ts';
import {
  ALL_PARTITIONS,
  JOB,
  openPlan,
  payment,
  policy,
  range,
  rowsOf,
  runDone,
  startLane,
  type TestLane,
  task,
} from './lane-fixture.ts';

// Two sources and two stages with state through a real lane: two slices, several batches, state lost and restored.

type Paid = [user: string, amount: number];
type Batch = { payments: Paid[]; refunds: Paid[] };

const OPERATORS = ['totals', 'spread'];
const SOURCE_STAGES = { payments: 's0', refunds: 's1' } as const;

/** A job in one lane: what was committed of each slice, and the table that its updates stand for. */
type Running = {
  lane: TestLane;
  slices: number[][];
  committed: StateFile[][];
  shown: Map<string, number>;
  batchId: number;
};

async function start(lane: TestLane, slices: number): Promise<Running> {
  await openPlan(lane, spreadOfTotals());
  const partitions = Array.from({ length: slices }, (_, index) =>
    ALL_PARTITIONS.filter((partition) => partition % slices === index),
  );
  return { lane, slices: partitions, committed: partitions.map(() => []), shown: new Map(), batchId: 0 };
}

function sliceOf({ slices, committed, batchId }: Running, index: number, snapshot: boolean): LaneSlice {
  const blobsOf = (id: string) => committed[index]!.filter((file) => file.operatorId === id).map(({ name }) => name);
  return {
    partitions: slices[index]!,
    state: OPERATORS.map((operatorId) => ({ operatorId, blobs: blobsOf(operatorId) })),
    pendingNames: OPERATORS.map((operatorId) => ({ operatorId, name: `${operatorId}-${index}-${batchId}` })),
    snapshot,
  };
}

/** Of these operators alone, as a task that runs one stage has it. */
function onlyOf(slice: LaneSlice, operatorId: string): LaneSlice {
  const own = (one: { operatorId: string }) => one.operatorId === operatorId;
  return { ...slice, state: slice.state.filter(own), pendingNames: slice.pendingNames.filter(own) };
}

const recordsOf = (source: keyof Batch, records: readonly Paid[]) =>
  range(
    records.map(([user, amount]) => payment(user, amount)),
    { source, topic: source },
  );

const MORE = { recordPolicies: { payments: policy(), refunds: policy() } };

/** Source stages, then each stage with state over all slices, by blocks. */
async function runShuffled(job: Running, batch: Batch, snapshot = false): Promise<LaneTaskResult[]> {
  const { lane, slices, batchId } = job;
  const shuffle = {
    sliceOfPartition: ALL_PARTITIONS.map((partition) => partition % slices.length),
    isLocal: slices.map((_, index) => index === 0),
  };
  const results: LaneTaskResult[] = [];
  for (const [source, stage] of Object.entries(SOURCE_STAGES) as [keyof Batch, string][]) {
    if (batch[source].length === 0) continue;
    const input = { kind: 'records' as const, ranges: [recordsOf(source, batch[source])] };
    results.push(await runDone(lane, task(input, { ...MORE, stage, batchId, shuffle, encodings: {} })));
  }
  for (const [stage, operatorId] of [
    ['s2', 'totals'],
    ['s3', 'spread'],
  ] as const) {
    const blocks = results.flatMap((result) => result.blocks);
    for (const index of slices.keys()) {
      const files = blocks.filter(({ slice }) => slice === index);
      const slice = onlyOf(sliceOf(job, index, snapshot), operatorId);
      const target = stage === 's2' ? { shuffle, encodings: {} } : {};
      const request = () => task({ kind: 'blocks', files }, { stage, batchId, slice, ...target });
      const reply = await lane.run(request());
      if (reply.kind === 'stateMissing') {
        const own = job.committed[index]!.filter((file) => reply.operatorIds.includes(file.operatorId));
        const restore = { kind: 'restoreState', jobId: JOB, attemptId: 'r', slice, files: own } as const;
        await lane.run({ ...restore, previousWatermarkMs: null, ttl: null });
      }
      // Also where the first attempt succeeded: it is then a rival of this one.
      results.push(await runDone(lane, request()));
    }
  }
  return results;
}

/** All stages in one task. */
async function runWhole(job: Running, source: keyof Batch, records: Paid[]): Promise<LaneTaskResult[]> {
  const input = { kind: 'records' as const, ranges: [recordsOf(source, records)] };
  const slice = sliceOf(job, 0, false);
  return [await runDone(job.lane, task(input, { ...MORE, stage: 's3', batchId: job.batchId, slice }))];
}

async function commit(job: Running, results: readonly LaneTaskResult[]): Promise<void> {
  const adoptedBlobs: string[] = [];
  for (const { kind, operatorId, name, path } of results.flatMap(({ state }) => state)) {
    const index = Number(name.split('-')[1]);
    const files = job.committed[index]!;
    if (kind === 'snapshot') job.committed[index] = files.filter((file) => file.operatorId !== operatorId);
    job.committed[index]!.push({ operatorId, name, path, kind, partitions: job.slices[index]! });
    adoptedBlobs.push(name);
  }
  for (const result of results.filter(({ outputs }) => outputs.output)) {
    for (const [total, users] of rowsOf(result)) {
      if (Number(users) === 0) job.shown.delete(String(Number(total)));
      else job.shown.set(String(Number(total)), Number(users));
    }
  }
  await job.lane.run({ kind: 'finishBatch', jobId: JOB, batchId: job.batchId++, adoptedBlobs });
}

async function loseState({ lane }: Running): Promise<void> {
  await lane.run({ kind: 'closeJob', jobId: JOB });
  await openPlan(lane, spreadOfTotals());
}

async function answer(batches: readonly Batch[]): Promise<[string, number][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const source of ['payments', 'refunds'] as const) {
    await connection.run(`CREATE TABLE ${source} ("user" VARCHAR, amount DECIMAL(12,2))`);
    const values = batches.flatMap((batch) => batch[source]).map(([user, amount]) => `('${user}', ${amount})`);
    if (values.length > 0) await connection.run(`INSERT INTO ${source} VALUES ${values.join(', ')}`);
  }
  const reader = await connection.runAndReadAll(SPREAD_QUERY('payments', 'refunds'));
  connection.closeSync();
  return reader.getRowsJson().map(([total, users]) => [String(Number(total)), Number(users)]);
}

async function expectAnswer({ shown }: Running, batches: readonly Batch[]): Promise<void> {
  assert.deepEqual([...shown].sort(), (await answer(batches)).sort());
}

const BATCHES: Batch[] = Array.from({ length: 5 }, (_, batch) => ({
  payments: Array.from({ length: 60 }, (_, i) => [`u${(i * 7 + batch) % 23}`, (i % 3) + 1]),
  // Of the second batch they bring some users to nothing.
  refunds: Array.from({ length: batch % 2 === 1 ? 40 : 0 }, (_, i) => [`u${(i * 5) % 23}`, batch === 1 ? i % 4 : 2]),
}));

for (const loseBefore of [-1, 1, 3, 4]) {
  test(`shuffled twice, state lost before batch ${loseBefore}: the last rows are DuckDB's`, async (t) => {
    const job = await start(startLane(t), 2);
    for (const [index, batch] of BATCHES.entries()) {
      if (index === loseBefore) await loseState(job);
      await commit(job, await runShuffled(job, batch, index === 2));
    }
    await expectAnswer(job, BATCHES);
  });
}

test('a user whose total is nothing is gone, also from state that was restored', async (t) => {
  const job = await start(startLane(t), 1);
  const first: Batch = {
    payments: [
      ['ann', 5],
      ['bob', 3],
    ],
    refunds: [],
  };
  const second: Batch = { payments: [], refunds: [['ann', 5]] };
  await commit(job, await runShuffled(job, first));
  const gone = await runShuffled(job, second);
  assert.equal(gone.flatMap(({ operators }) => operators).find((one) => one.operatorId === 'totals')!.rows, 1);
  await commit(job, gone);
  await loseState(job);
  const after = await runShuffled(job, { payments: [['cid', 1]], refunds: [] });
  assert.equal(after.flatMap(({ operators }) => operators).find((one) => one.operatorId === 'totals')!.rows, 2);
});

test('a task that brings the records of one source runs all stages, between batches that are shuffled', async (t) => {
  const job = await start(startLane(t), 1);
  const [paid, refunded]: Paid[][] = [BATCHES[0]!.payments, BATCHES[1]!.refunds];
  await commit(job, await runWhole(job, 'payments', paid!));
  await commit(job, await runShuffled(job, BATCHES[3]!));
  const [whole] = await runWhole(job, 'refunds', refunded!);
  assert.deepEqual([whole!.blocks, whole!.state.map(({ operatorId }) => operatorId)], [[], OPERATORS]);
  await commit(job, [whole!]);
  await expectAnswer(job, [{ payments: paid!, refunds: refunded! }, BATCHES[3]!]);
});

test('a log is compacted once much was added, and means the same', async (t) => {
  const job = await start(startLane(t), 1);
  const users = 6_000;
  const batches: Batch[] = [1, 2, 3].map((amount) => ({
    payments: Array.from({ length: users }, (_, i) => [`u${i}`, amount]),
    refunds: [],
  }));
  const rowsInLog: number[] = [];
  for (const batch of batches) {
    const results = await runShuffled(job, batch);
    rowsInLog.push(results.at(-1)!.operators[0]!.rows);
    await commit(job, results);
  }
  // One row a user, then its retraction and another, after which 6,000 of one total are a row of weight 6,000.
  assert.deepEqual(rowsInLog, [users, 3 * users, 1 + 2 * users]);
  await expectAnswer(job, batches);
  await loseState(job);
  const more: Batch = { payments: [['u0', 1]], refunds: [] };
  const last = await runShuffled(job, more);
  assert.equal(last.at(-1)!.operators[0]!.rows, 5 * users + 2);
  await commit(job, last);
  await expectAnswer(job, [...batches, more]);
});
