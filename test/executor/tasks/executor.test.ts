import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Block, StateBlob } from '@millrace/proto';
import type { MillraceError } from '@millrace/shared/errors';
import { STATE_PARTITIONS } from '@millrace/shared/plan';
import { call } from '@millrace/shared/rpc';
import {
  compileTestJob,
  openTestBlobs,
  rangeOf,
  startTestExecutor,
  type TestExecutor,
  type TestJob,
  topicOf,
} from './executor-fixture.ts';

const line = (k: string, v: number) => JSON.stringify({ k, v });
const allPartitions = Array.from({ length: STATE_PARTITIONS }, (_, partition) => partition);

test('a stateless task reads its ranges, and publish shows what it prepared', async (t) => {
  const topic = await topicOf(t, [[line('a', 1), line('b', 5), line('c', 9)], [line('d', 7)]]);
  const job = await compileTestJob(t, {
    topic,
    query: 'SELECT k, v + 1 AS w FROM s WHERE v > 4',
    sink: { type: 'console', rowsMax: 10 },
  });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const ranges = [rangeOf(topic, 0, 1, 3), rangeOf(topic, 1, 0, 1)];
  const { counts, outputs, timings } = await executor.runTask(job, { batchId: 0, stage: 0, ranges });
  assert.equal(counts?.recordsIn, 3);
  assert.equal(counts?.rowsOut, 3);
  assert.ok(timings.some(({ phase }) => phase === 'fetch'));
  const batch = { jobId: job.jobId, driverEpoch: job.epoch, batchId: 0 };
  const { text } = await call(executor.client, 'Publish', { ...batch, outputs });
  assert.match(text, /Batch: 0/);
  for (const row of [/\| b +\| +6 \|/, /\| c +\| 10 \|/, /\| d +\| +8 \|/]) assert.match(text, row);
});

/** What a driver does for one batch of a two-stage job: map tasks, one reduce task with all partitions, commit. */
async function runBatch(
  job: TestJob,
  batchId: number,
  maps: { on: TestExecutor; ranges: ReturnType<typeof rangeOf>[] }[],
  reduceOn: TestExecutor,
  state: StateBlob[],
): Promise<{ rows: unknown[][]; state: StateBlob[]; blocks: Block[] }> {
  const shuffle = { sliceOfPartition: allPartitions.map(() => 0), sliceIncarnations: [reduceOn.incarnation] };
  const mapped = await Promise.all(
    maps.map(({ on, ranges }, index) => on.runTask(job, { batchId, stage: 0, index, ranges, shuffle })),
  );
  const blocks = mapped.flatMap((result) => result.blocks);
  const slice = { index: 0, partitions: allPartitions, state, snapshot: false };
  const reduced = await reduceOn.runTask(job, { batchId, stage: 1, blocks, slice });
  const detail = JSON.parse(reduced.outputs[0]!.detailJson) as { rows: unknown[][] };
  const adoptedBlobs = reduced.state.map(({ name }) => name);
  for (const { client } of new Set([...maps.map(({ on }) => on), reduceOn])) {
    await call(client, 'FinishBatch', { jobId: job.jobId, driverEpoch: job.epoch, batchId, adoptedBlobs });
  }
  return { rows: detail.rows.toSorted(), state: [...state, ...reduced.state], blocks };
}

const COUNTING = { query: 'SELECT k, count(*) AS n, sum(v) AS total FROM s GROUP BY k', outputMode: 'update' } as const;
const texts = (rows: unknown[][]) => rows.map((row) => row.slice(0, 3).map(String).join(' '));

test('two stages over two executors: state is carried, and restored elsewhere from the store', async (t) => {
  const topic = await topicOf(t, [
    [line('a', 1), line('b', 2), line('a', 3), line('a', 10)],
    [line('b', 4), line('c', 5), line('c', 20)],
  ]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: 100 } });
  const blobs = await openTestBlobs(t);
  const [one, two] = [await startTestExecutor(t, { deps: { blobs } }), await startTestExecutor(t, { deps: { blobs } })];
  await Promise.all([one.open(job), two.open(job)]);
  const first = await runBatch(
    job,
    0,
    [
      { on: one, ranges: [rangeOf(topic, 0, 0, 3)] },
      { on: two, ranges: [rangeOf(topic, 1, 0, 2)] },
    ],
    one,
    [],
  );
  assert.deepEqual(texts(first.rows), ['a 2 4', 'b 2 6', 'c 1 5']);
  assert.deepEqual(
    first.blocks.map(({ inline }) => inline.length > 0),
    [false, true],
  );

  const second = await runBatch(job, 1, [{ on: two, ranges: [rangeOf(topic, 0, 3, 4)] }], one, first.state);
  assert.deepEqual(texts(second.rows), ['a 3 14']);
  assert.equal(second.state.length, 2);

  const moved = await runBatch(job, 2, [{ on: one, ranges: [rangeOf(topic, 1, 2, 3)] }], two, second.state);
  assert.deepEqual(texts(moved.rows), ['c 2 25']);
});

test('large blocks are streamed from the executor that holds them, until the batch is finished', async (t) => {
  const keys = 40_000;
  const topic = await topicOf(t, [Array.from({ length: keys }, (_, key) => line(`key-${key}-${Math.sin(key)}`, key))]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: keys } });
  const blobs = await openTestBlobs(t);
  const [one, two] = [await startTestExecutor(t, { deps: { blobs } }), await startTestExecutor(t, { deps: { blobs } })];
  await Promise.all([one.open(job), two.open(job)]);
  const { rows, blocks, state } = await runBatch(job, 0, [{ on: two, ranges: [rangeOf(topic, 0, 0, keys)] }], one, []);
  assert.equal(rows.length, keys);
  assert.equal(blocks[0]!.inline.length, 0);
  assert.ok(blocks[0]!.bytes > 256 * 1024);
  const slice = { index: 0, partitions: allPartitions, state, snapshot: false };
  await assert.rejects(one.runTask(job, { batchId: 1, stage: 1, blocks, slice }), {
    code: 'BLOCK_LOST',
    details: {
      incarnation: two.incarnation,
      name: blocks[0]!.name,
      stage: job.plan.stages[0]!.id,
      taskIndex: 0,
      shuffle: blocks[0]!.shuffle,
      slice: 0,
    },
  });
});

/** State that one executor has stored; `next` runs the next batch on another, which has to restore it. */
async function stateOfAnother(t: TestContext) {
  const topic = await topicOf(t, [[line('a', 1), line('a', 2)]]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: 100 } });
  const blobs = await openTestBlobs(t);
  const [one, two] = [await startTestExecutor(t, { deps: { blobs } }), await startTestExecutor(t, { deps: { blobs } })];
  await Promise.all([one.open(job), two.open(job)]);
  const { state } = await runBatch(job, 0, [{ on: one, ranges: [rangeOf(topic, 0, 0, 1)] }], one, []);
  const next = () => runBatch(job, 1, [{ on: one, ranges: [rangeOf(topic, 0, 1, 2)] }], two, state);
  return { blobs, state, next };
}

test('state that was tampered with in the store is refused', async (t) => {
  const { blobs, state, next } = await stateOfAnother(t);
  const bytes = Buffer.from(await blobs.get(state[0]!.name));
  bytes[bytes.length >> 1]! ^= 1;
  await blobs.put(state[0]!.name, bytes);
  const again = next();
  await assert.rejects(again, { code: 'BLOB_CORRUPT' });
});

test('state that is gone from the store is a damaged store, and named', async (t) => {
  const { blobs, state, next } = await stateOfAnother(t);
  const { name } = state[0]!;
  await blobs.remove([name]);
  const again = next();
  await assert.rejects(again, (error: MillraceError) => {
    assert.deepEqual([error.code, error.details.name], ['STORE_CORRUPT', name]);
    assert.ok(error.message.includes(name));
    return true;
  });
});

test('an executor remembers what was committed, and refuses a driver of a store that was rolled back', async (t) => {
  const topic = await topicOf(t, [[line('a', 1), line('a', 2)]]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: 100 } });
  const executor = await startTestExecutor(t);
  const older = { code: 'STORE_CORRUPT', message: /the store is older than this executor/ };
  await executor.open(job);
  await executor.open(job);
  await assert.rejects(executor.open(job, { run: 'of another driver' }), older);
  const { state } = await runBatch(job, 0, [{ on: executor, ranges: [rangeOf(topic, 0, 0, 1)] }], executor, []);
  await runBatch(job, 1, [{ on: executor, ranges: [rangeOf(topic, 0, 1, 2)] }], executor, state);

  const next = { ...job, epoch: 2 };
  await assert.rejects(executor.open(next, { run: 'next', lastBatch: 0 }), older);
  await executor.open(next, { run: 'next', lastBatch: 1 });
  // The driver epoch may have been seen elsewhere first: at the end of a batch, say.
  await call(executor.client, 'FinishBatch', { jobId: job.jobId, driverEpoch: 3, batchId: 2, adoptedBlobs: [] });
  await assert.rejects(executor.open({ ...job, epoch: 3 }, { run: 'third', lastBatch: 0 }), older);
  await executor.open({ ...job, epoch: 3 }, { run: 'third', lastBatch: 1 });
  // Deleted, and submitted anew under its name.
  await executor.open({ ...job, epoch: 5 }, { run: 'anew', submittedMs: 2, lastBatch: -1 });
});

test('an aborted batch leaves nothing, and can run again', async (t) => {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: 100 } });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const shuffle = { sliceOfPartition: allPartitions.map(() => 0), sliceIncarnations: [executor.incarnation] };
  const slice = { index: 0, partitions: allPartitions, state: [], snapshot: false };
  const ranges = [rangeOf(topic, 0, 0, 1)];
  const { blocks } = await executor.runTask(job, { batchId: 0, stage: 0, ranges, shuffle });
  await executor.runTask(job, { batchId: 0, stage: 1, blocks, slice });
  await call(executor.client, 'AbortBatch', { jobId: job.jobId, driverEpoch: 1, batchId: 0 });
  await assert.rejects(executor.runTask(job, { batchId: 0, stage: 1, attempt: 1, blocks, slice }), {
    code: 'BLOCK_LOST',
  });
  const { rows } = await runBatch({ ...job, epoch: 2 }, 0, [{ on: executor, ranges }], executor, []);
  assert.deepEqual(texts(rows), ['a 1 1']);
});

test('a newer driver fences the older one; a task for another incarnation or plan is refused', async (t) => {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const executor = await startTestExecutor(t);
  const ranges = [rangeOf(topic, 0, 0, 1)];
  await assert.rejects(executor.runTask(job, { batchId: 0, stage: 0, ranges }), { code: 'JOB_NOT_OPEN' });
  await executor.open({ ...job, epoch: 2 });
  await assert.rejects(executor.runTask(job, { batchId: 0, stage: 0, ranges }), { code: 'STALE_DRIVER_EPOCH' });
  await assert.rejects(executor.open(job), { code: 'STALE_DRIVER_EPOCH' });
  assert.equal((await executor.runTask({ ...job, epoch: 3 }, { batchId: 0, stage: 0, ranges })).counts?.recordsIn, 1);
});

test('cancelling the call stops the attempt wherever it is', async (t) => {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  // Records that do not exist yet: the attempt waits for them in its fetch.
  const leaving = new AbortController();
  const waiting = executor.runTask(
    job,
    { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1_000)] },
    leaving.signal,
  );
  const done = executor.runTask(job, { batchId: 0, stage: 0, index: 1, ranges: [rangeOf(topic, 0, 0, 1)] });
  await done;
  leaving.abort();
  await assert.rejects(waiting, { code: 'CANCELLED' });
  await executor.stop();
});

test('an executor that ends sends its tasks elsewhere: none of them has failed', async (t) => {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const waiting = executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1_000)] });
  await executor.runTask(job, { batchId: 0, stage: 0, index: 1, ranges: [rangeOf(topic, 0, 0, 1)] });
  await Promise.all([assert.rejects(waiting, { code: 'EXECUTOR_DRAINING' }), executor.stop()]);
});

/** Less than a drain waits for batches that nobody ends. */
const LEAVES_WITHIN = { timeout: 15_000 };

/** An executor that drains, with a block of batch 0. */
async function draining(t: TestContext) {
  const topic = await topicOf(t, [[line('a', 1)]]);
  const job = await compileTestJob(t, { topic, ...COUNTING, sink: { type: 'console', rowsMax: 100 } });
  const executor = await startTestExecutor(t);
  await executor.open(job);
  const shuffle = { sliceOfPartition: allPartitions.map(() => 0), sliceIncarnations: [executor.incarnation] };
  const ranges = [rangeOf(topic, 0, 0, 1)];
  const { blocks } = await executor.runTask(job, { batchId: 0, stage: 0, ranges, shuffle });
  assert.equal(blocks.length, 1);
  const drained = executor.drain();
  await assert.rejects(executor.runTask(job, { batchId: 0, stage: 0, index: 1, ranges, shuffle }), {
    code: 'EXECUTOR_DRAINING',
  });
  const leftAfter = async (batchId: number) => {
    const finished = { jobId: job.jobId, driverEpoch: 1, batchId, adoptedBlobs: [] };
    // The answer may be lost when the executor leaves at once.
    await call(executor.client, 'FinishBatch', finished).catch(() => {});
    await drained;
    assert.equal(await executor.ended, null);
  };
  return { leftAfter };
}

test('a draining executor refuses tasks and leaves when its batches are finished', LEAVES_WITHIN, async (t) => {
  const { leftAfter } = await draining(t);
  await leftAfter(0);
});

test('a draining executor that missed the end of a batch leaves at the end of the next', LEAVES_WITHIN, async (t) => {
  const { leftAfter } = await draining(t);
  await leftAfter(1);
});
