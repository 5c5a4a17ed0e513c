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

/** A job whose every run fails in the way `run` does, with a clock that notes the pauses and does not wait. */
async function failingJob(run: (store: ReturnType<typeof createMemoryStore>) => Promise<never>) {
  const store = createMemoryStore();
  const job = aJob({ specText: SPEC });
  await store.commits.createJob(job);
  const pauses: number[] = [];
  const paused = Promise.withResolvers<void>();
  const deps: Partial<RunnerDependencies> = {
    ...store,
    compile: () => run(store),
    clock: {
      now: () => 0,
      monotonic: () => 0,
      delay: (ms) => {
        pauses.push(ms);
        paused.resolve();
        return new Promise(() => {});
      },
    },
    log: createLogger({ name: 'test', level: 'silent' }),
  };
  const runner = createJobRunner(deps as RunnerDependencies, job);
  runner.start();
  await paused.promise;
  return { runner, pauses };
}

test('a job that was taken over while it failed is taken back after a while, not left', async () => {
  const { runner, pauses } = await failingJob(async ({ commits }) => {
    await commits.takeOver(aJob().jobId);
    throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker answers');
  });
  assert.deepEqual(pauses, [5_000]);
  assert.equal(runner.now().status.observed, 'restarting');
});

test('a job that fails is run again after its backoff', async () => {
  const { runner, pauses } = await failingJob(async () => {
    throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker answers');
  });
  assert.deepEqual(pauses, [1_000]);
  assert.equal(runner.now().status.observed, 'restarting');
});
