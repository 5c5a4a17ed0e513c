import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { createLogger } from '@millrace/shared/logging';
import { createMemoryStore } from '@millrace/shared/store';
import type { RunnerDependencies } from '../../../driver/src/jobs/job-run.ts';
import { createJobRunner } from '../../../driver/src/jobs/job-runner.ts';
import { aJob } from '../../shared/store/samples.ts';

const SPEC = `
name: job
sources: { s: { type: kafka, brokers: "b:1", topic: t, columns: { k: VARCHAR } } }
query: SELECT k FROM s
sink: noop
`;

/** A job whose every run fails in the way `run` does, once it is known what becomes of it: a pause, or the end. */
async function failingJob(run: (store: ReturnType<typeof createMemoryStore>) => Promise<never>) {
  const store = createMemoryStore();
  const job = aJob({ specText: SPEC });
  await store.commits.createJob(job);
  const pauses: number[] = [];
  const decided = Promise.withResolvers<void>();
  const { setStatus } = store.commits;
  store.commits.setStatus = async (job, epoch, status) => {
    await setStatus(job, epoch, status);
    if (status.observed === 'failed') decided.resolve();
  };
  const deps: Partial<RunnerDependencies> = {
    ...store,
    compile: () => run(store),
    clock: {
      now: () => 0,
      monotonic: () => 0,
      delay: (ms) => {
        pauses.push(ms);
        decided.resolve();
        return new Promise(() => {});
      },
    },
    log: createLogger({ name: 'test', level: 'silent' }),
  };
  const runner = createJobRunner(deps as RunnerDependencies, job);
  runner.start();
  await decided.promise;
  return { runner, pauses, store };
}

test('a job that was taken over while it failed is taken back after a while, not left', async () => {
  const { runner, pauses } = await failingJob(async ({ commits }) => {
    await commits.takeOver(aJob().jobId);
    throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker answers');
  });
  assert.deepEqual(pauses, [5_000]);
  assert.equal(runner.now().status.observed, 'restarting');
});

test('what a driver meets after another has taken the job over fails the job no more', async () => {
  const { runner, pauses, store } = await failingJob(async ({ commits }) => {
    await commits.takeOver(aJob().jobId);
    throw new MillraceError('STORE_CORRUPT', 'a manifest shows a batch that was not committed yet');
  });
  assert.deepEqual(pauses, [5_000]);
  assert.equal(runner.now().status.observed, 'restarting');
  const { epoch, job } = await store.commits.read(aJob().jobId);
  assert.equal(epoch, 2);
  assert.notEqual(job.status.observed, 'failed');
});

test('a store that is older than what sinks show fails the job', async () => {
  const { runner, store } = await failingJob(async () => {
    throw new MillraceError('STORE_CORRUPT', 'a manifest shows a batch that was not committed yet');
  });
  assert.equal(runner.now().status.observed, 'failed');
  assert.equal((await store.commits.read(aJob().jobId)).job.status.observed, 'failed');
});

test('a job that fails is run again after its backoff', async () => {
  const { runner, pauses } = await failingJob(async () => {
    throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker answers');
  });
  assert.deepEqual(pauses, [1_000]);
  assert.equal(runner.now().status.observed, 'restarting');
});
