import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openLane } from '../../../executor/src/lanes/lane-pool.ts';
import { CANCEL_GRACE_MS } from '../../../executor/src/tasks/running-attempts.ts';
import { compileTestJob, rangeOf, startTestExecutor, topicOf } from './executor-fixture.ts';

const RECORD = JSON.stringify({ k: 'a', v: 1 });

test('a task that works too long is interrupted, and its lane goes on', async (t) => {
  const records = 2_000;
  const topic = await topicOf(t, [Array.from({ length: records }, () => RECORD)]);
  const job = await compileTestJob(t, {
    topic,
    query: 'SELECT unnest(range(100000)) AS n FROM s',
    sink: { type: 'noop' },
  });
  const executor = await startTestExecutor(t, { input: { lanes: 1 } });
  await executor.open(job);
  const task = { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, records)], timeoutMs: 300 };
  await assert.rejects(executor.runTask(job, task), { code: 'TASK_TIMED_OUT', message: /300 ms/ });
  const short = await executor.runTask(job, { batchId: 0, stage: 0, index: 1, ranges: [rangeOf(topic, 0, 0, 1)] });
  assert.equal(short.counts?.recordsIn, 1);
});

test('an executor that cannot stop what it was told to stop gives itself up', async (t) => {
  const topic = await topicOf(t, [[RECORD]]);
  const job = await compileTestJob(t, { topic, query: 'SELECT k FROM s', sink: { type: 'noop' } });
  const asked = Promise.withResolvers<void>();
  const freed = Promise.withResolvers<never>();
  const executor = await startTestExecutor(t, {
    deps: {
      clock: { ...systemClock, delay: (ms, signal) => systemClock.delay(ms === CANCEL_GRACE_MS ? 20 : ms, signal) },
      openLane: (options) => {
        const lane = openLane(options);
        return {
          ...lane,
          run: (request, transfer) => {
            if (request.kind !== 'runTask') return lane.run(request, transfer);
            asked.resolve();
            return freed.promise;
          },
        };
      },
    },
  });
  await executor.open(job);
  const leaving = new AbortController();
  const hung = executor.runTask(job, { batchId: 0, stage: 0, ranges: [rangeOf(topic, 0, 0, 1)] }, leaving.signal);
  hung.catch(() => {});
  await asked.promise;
  leaving.abort();
  const failure = await executor.ended;
  assert.equal(failure?.code, 'EXECUTOR_LOST');
  assert.match(failure?.message ?? '', /does not end/);
  freed.reject(new Error('freed'));
});
