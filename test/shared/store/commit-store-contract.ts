import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { jobId } from '@millrace/shared/ids';
import type { CommitStore } from '@millrace/shared/store';
import { aJob, B, commitOf, E, JOB, offsetsOf, stateBlob } from './samples.ts';

const NO_CHANGE = { add: [], remove: [] };

/** A driver knows that the batch before was committed: a store that does not has lost it. */
const OLDER_STORE = { code: 'STORE_CORRUPT', message: /older than this driver/ };

/** Commits and publishes `batch` under driver epoch `epoch`. */
export async function runBatch(store: CommitStore, epoch: number, batch: number): Promise<void> {
  await store.logOffsets(JOB, E(epoch), offsetsOf(batch));
  await store.commit(JOB, E(epoch), commitOf(batch), NO_CHANGE);
  await store.markPublished(JOB, E(epoch), B(batch));
}

/** What every commit store must do. `open` gives an empty one, closed after the test. */
export function commitStoreContract(name: string, open: (t: TestContext) => Promise<CommitStore>): void {
  const startedJob = async (t: TestContext) => {
    const store = await open(t);
    await store.createJob(aJob());
    await store.takeOver(JOB);
    return store;
  };

  describe(`commit store contract: ${name}`, () => {
    jobTests(open, startedJob);
    batchTests(startedJob);
    amendTests(startedJob);
    fenceTests(startedJob);
  });
}

type Open = (t: TestContext) => Promise<CommitStore>;

function jobTests(open: Open, startedJob: Open): void {
  test('jobs are listed in the order of their ids', async (t) => {
    const store = await open(t);
    const jobs = ['b', 'a', 'a{b}%7B', 'ü'].map((id) => aJob({ jobId: jobId(id) }));
    for (const job of jobs) await store.createJob(job);
    const sorted = jobs.toSorted((x, y) => (x.jobId < y.jobId ? -1 : 1));
    assert.deepEqual(await store.listJobs(), sorted);
  });

  test('creating a job again is a repeated call until a driver has it, then JOB_EXISTS', async (t) => {
    const store = await open(t);
    await store.createJob(aJob());
    await store.createJob(aJob());
    await assert.rejects(store.createJob(aJob({ submittedMs: 5 })), { code: 'JOB_EXISTS' });
    await store.takeOver(JOB);
    await assert.rejects(store.createJob(aJob()), { code: 'JOB_EXISTS' });
    assert.equal((await store.listJobs()).length, 1);
  });

  test('a new job has nothing to go on from', async (t) => {
    const store = await open(t);
    await store.createJob(aJob());
    assert.deepEqual(await store.takeOver(JOB), {
      epoch: 1,
      job: aJob(),
      pending: null,
      lastCommit: null,
      lastCommitPublished: true,
      state: [],
    });
  });

  test('status and record change apart from each other', async (t) => {
    const store = await startedJob(t);
    const status = { desired: 'stopped', observed: 'failed', failureJson: '{}' } as const;
    await store.setStatus(JOB, E(1), status);
    await store.updateJob(E(1), aJob({ specText: 'name: other', planHash: 'plan-b' }));
    assert.deepEqual(await store.listJobs(), [aJob({ specText: 'name: other', planHash: 'plan-b', status })]);
  });

  test('a logged batch pins the plan until it is committed', async (t) => {
    const store = await startedJob(t);
    const changed = aJob({ planHash: 'plan-b' });
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await assert.rejects(store.updateJob(E(1), changed), { code: 'JOB_STATUS_CONFLICT' });
    await store.updateJob(E(1), aJob({ specText: 'name: same plan' }));
    await store.commit(JOB, E(1), commitOf(0), NO_CHANGE);
    await store.updateJob(E(1), changed);
    assert.equal((await store.listJobs())[0]?.planHash, 'plan-b');
  });

  test('state blobs change with the record: some go, others are of another operator', async (t) => {
    const store = await startedJob(t);
    const [kept, gone, moved] = [stateBlob('kept', 0), stateBlob('gone', 0), stateBlob('moved', 0)];
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await store.commit(JOB, E(1), commitOf(0, { outputs: [] }), { add: [kept, gone, moved], remove: [] });
    const renamed = { ...moved, operatorId: 'aggregate-2' };
    const change = { add: [renamed], remove: ['gone'] };
    const changed = aJob({ planHash: 'plan-b' });
    await assert.rejects(store.updateJob(E(0), changed, change), { code: 'STALE_DRIVER_EPOCH' });
    assert.equal((await store.read(JOB)).state.length, 3);
    await store.updateJob(E(1), changed, change);
    const { job, state } = await store.takeOver(JOB);
    assert.deepEqual([job, state], [changed, [kept, renamed]]);
    await store.updateJob(E(2), changed, { add: [], remove: ['kept', 'moved'] });
    assert.deepEqual((await store.takeOver(JOB)).state, []);
  });

  test('a deleted job is gone, and one of the same name starts empty with a higher driver epoch', async (t) => {
    const store = await startedJob(t);
    await runBatch(store, 1, 0);
    await store.deleteJob(JOB, E(1));
    await store.deleteJob(JOB, E(1));
    assert.deepEqual(await store.listJobs(), []);
    await assert.rejects(store.takeOver(JOB), { code: 'JOB_UNKNOWN' });
    await store.createJob(aJob());
    const again = await store.takeOver(JOB);
    assert.ok(again.epoch > 1);
    assert.equal(again.lastCommit, null);
    await assert.rejects(store.deleteJob(JOB, E(1)), { code: 'STALE_DRIVER_EPOCH' });
    assert.equal((await store.listJobs()).length, 1);
  });

  test('what could not be read back is not stored', async (t) => {
    const store = await startedJob(t);
    const broken = offsetsOf(0, { timestampMs: Number.NaN });
    await assert.rejects(store.logOffsets(JOB, E(1), broken), { code: 'INTERNAL' });
    assert.equal((await store.takeOver(JOB)).pending, null);
  });
}

function batchTests(startedJob: Open): void {
  test('the offset log keeps what was logged first', async (t) => {
    const store = await startedJob(t);
    const first = offsetsOf(0, { watermarkMs: 12.25 });
    assert.deepEqual(await store.logOffsets(JOB, E(1), first), first);
    assert.deepEqual(await store.logOffsets(JOB, E(1), offsetsOf(0, { timestampMs: 9 })), first);
    const next = await store.takeOver(JOB);
    assert.deepEqual(next.pending, first);
    assert.deepEqual(await store.logOffsets(JOB, next.epoch, offsetsOf(0, { driverEpoch: next.epoch })), first);
  });

  test('offsets are logged for the following batch only', async (t) => {
    const store = await startedJob(t);
    await assert.rejects(store.logOffsets(JOB, E(1), offsetsOf(1)), OLDER_STORE);
    await runBatch(store, 1, 0);
    await assert.rejects(store.logOffsets(JOB, E(1), offsetsOf(0)), { code: 'STALE_BATCH' });
    await store.logOffsets(JOB, E(1), offsetsOf(1));
  });

  test('a commit flips offsets, state and outputs together', async (t) => {
    const store = await startedJob(t);
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await store.commit(JOB, E(1), commitOf(0), { add: [stateBlob('z', 0), stateBlob('b', 0)], remove: [] });
    await store.markPublished(JOB, E(1), B(0));
    await store.logOffsets(JOB, E(1), offsetsOf(1));
    await store.commit(JOB, E(1), commitOf(1), { add: [stateBlob('a', 1)], remove: ['z', 'never there'] });
    const { pending, lastCommit, lastCommitPublished, state } = await store.takeOver(JOB);
    assert.deepEqual(
      { pending, lastCommit, lastCommitPublished, state },
      {
        pending: null,
        lastCommit: commitOf(1),
        lastCommitPublished: false,
        state: [stateBlob('b', 0), stateBlob('a', 1)],
      },
    );
  });

  test('the same commit again is a no-op, a rival is fenced', async (t) => {
    const store = await startedJob(t);
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await store.commit(JOB, E(1), commitOf(0), { add: [stateBlob('a', 0)], remove: [] });
    await store.markPublished(JOB, E(1), B(0));
    await store.commit(JOB, E(1), commitOf(0), { add: [stateBlob('late', 0)], remove: ['a'] });
    const rival = commitOf(0, { token: 'rival' });
    await assert.rejects(store.commit(JOB, E(1), rival, NO_CHANGE), { code: 'STALE_BATCH' });
    const taken = await store.takeOver(JOB);
    assert.deepEqual(taken.state, [stateBlob('a', 0)]);
    assert.equal(taken.lastCommitPublished, true, 'a repeated commit must not unpublish');
  });

  test('of two rivals at once one commits', async (t) => {
    const store = await startedJob(t);
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    const rivals = ['x', 'y', 'z'].map((token) => store.commit(JOB, E(1), commitOf(0, { token }), NO_CHANGE));
    const outcomes = (await Promise.allSettled(rivals)).map(({ status }) => status);
    assert.deepEqual(outcomes.toSorted(), ['fulfilled', 'rejected', 'rejected']);
  });

  test('no commit out of order, unlogged, under another plan, or before the last one is published', async (t) => {
    const store = await startedJob(t);
    const refused = async (batch: number, overrides: object, code: string) =>
      assert.rejects(store.commit(JOB, E(1), commitOf(batch, overrides), NO_CHANGE), { code });
    await refused(1, {}, 'STORE_CORRUPT');
    await refused(0, {}, 'STORE_CORRUPT');
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await refused(0, { planHash: 'plan-b' }, 'INTERNAL');
    await store.commit(JOB, E(1), commitOf(0), NO_CHANGE);
    await store.logOffsets(JOB, E(1), offsetsOf(1));
    await refused(1, {}, 'INTERNAL');
    await store.markPublished(JOB, E(1), B(0));
    await store.commit(JOB, E(1), commitOf(1), NO_CHANGE);
  });

  test('publishing is recorded once and for committed batches only', async (t) => {
    const store = await startedJob(t);
    await assert.rejects(store.markPublished(JOB, E(1), B(0)), OLDER_STORE);
    await runBatch(store, 1, 0);
    await runBatch(store, 1, 1);
    await store.markPublished(JOB, E(1), B(1));
    await store.logOffsets(JOB, E(1), offsetsOf(2));
    await store.commit(JOB, E(1), commitOf(2), NO_CHANGE);
    await store.markPublished(JOB, E(1), B(1));
    assert.equal((await store.takeOver(JOB)).lastCommitPublished, false);
  });
}

function amendTests(startedJob: Open): void {
  const again = commitOf(0, { outputs: [] });

  test('the last commit names other outputs until it is published', async (t) => {
    const store = await startedJob(t);
    await assert.rejects(store.amendOutputs(JOB, E(1), again), OLDER_STORE);
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await store.commit(JOB, E(1), commitOf(0), NO_CHANGE);
    await store.amendOutputs(JOB, E(1), again);
    await store.amendOutputs(JOB, E(1), again);
    assert.deepEqual((await store.read(JOB)).lastCommit, again);
    await assert.rejects(store.amendOutputs(JOB, E(1), commitOf(0, { token: 'rival' })), { code: 'STALE_BATCH' });
    await store.markPublished(JOB, E(1), B(0));
    await assert.rejects(store.amendOutputs(JOB, E(1), commitOf(0)), { code: 'STALE_BATCH' });
    assert.deepEqual((await store.read(JOB)).lastCommit, again);
  });

  test('outputs are not named by an older driver, nor by one that is ahead of the store', async (t) => {
    const store = await startedJob(t);
    await store.logOffsets(JOB, E(1), offsetsOf(0));
    await store.commit(JOB, E(1), commitOf(0), NO_CHANGE);
    const { epoch } = await store.takeOver(JOB);
    await assert.rejects(store.amendOutputs(JOB, E(1), again), { code: 'STALE_DRIVER_EPOCH' });
    await assert.rejects(store.amendOutputs(JOB, E(epoch + 1), again), { code: 'STORE_CORRUPT' });
    await store.amendOutputs(JOB, epoch, again);
  });
}

function fenceTests(startedJob: Open): void {
  const writes: [string, (store: CommitStore, epoch: number) => Promise<unknown>][] = [
    ['setStatus', (store, epoch) => store.setStatus(JOB, E(epoch), aJob().status)],
    ['updateJob', (store, epoch) => store.updateJob(E(epoch), aJob())],
    ['logOffsets', (store, epoch) => store.logOffsets(JOB, E(epoch), offsetsOf(1))],
    ['commit', (store, epoch) => store.commit(JOB, E(epoch), commitOf(0), NO_CHANGE)],
    ['markPublished', (store, epoch) => store.markPublished(JOB, E(epoch), B(0))],
    ['deleteJob', (store, epoch) => store.deleteJob(JOB, E(epoch))],
  ];
  for (const [name, write] of writes) {
    test(`${name} is refused to an older driver, and to one that is ahead of the store`, async (t) => {
      const store = await startedJob(t);
      await runBatch(store, 1, 0);
      const { epoch } = await store.takeOver(JOB);
      await assert.rejects(write(store, 1), { code: 'STALE_DRIVER_EPOCH' });
      await assert.rejects(write(store, epoch + 1), { code: 'STORE_CORRUPT' });
      await write(store, epoch);
    });
  }

  test('the driver epoch is raised without reading, and fences as a takeover does', async (t) => {
    const store = await startedJob(t);
    assert.equal(await store.raiseEpoch(JOB), 2);
    await assert.rejects(store.setStatus(JOB, E(1), aJob().status), { code: 'STALE_DRIVER_EPOCH' });
    await store.setStatus(JOB, E(2), aJob().status);
    await store.deleteJob(JOB, E(2));
    assert.ok((await store.raiseEpoch(JOB)) > 2, 'also past that of a deleted job');
    assert.equal(await store.raiseEpoch(jobId('never there')), 0);
    await assert.rejects(store.takeOver(jobId('never there')), { code: 'STORE_CORRUPT' });
  });

  test('writes to a job that is not there say so', async (t) => {
    const store = await startedJob(t);
    await store.deleteJob(JOB, E(1));
    const rest = writes.filter(([name]) => name !== 'deleteJob');
    for (const [, write] of rest) await assert.rejects(write(store, 1), { code: 'JOB_UNKNOWN' });
  });
}
