import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TASK_FAILURES_MAX } from '../../driver/src/dispatch/retry-decision.ts';
import { startKafka, startRedis } from '../servers/index.ts';
import { startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import type { TestJob } from './support/test-job.ts';
import { part, startWindows } from './support/window-job.ts';

/** More than a task may fail by its own fault. */
const ATTEMPTS_IN_VAIN = TASK_FAILURES_MAX + 1;

/** The job stands still without a restart, and whoever looks at it is told why; then the other side is back, and it goes on. */
async function expectPause(job: TestJob, code: string, back: () => Promise<void>): Promise<void> {
  const told = job.watch.events().length;
  const since = () => job.watch.events().slice(told);
  await job.watch.until(`${ATTEMPTS_IN_VAIN} attempts in vain`, () => {
    return since().filter(({ task }) => task?.kind === 'taskRetried').length >= ATTEMPTS_IN_VAIN;
  });
  assert.ok(since().some((event) => event.job?.status === 'running' && event.job.failure?.code === code));
  await back();
  await job.untilCaughtUp();
  assert.ok(!since().some((event) => event.job?.status === 'restarting'));
  assert.equal(since().at(-1)?.job?.failure ?? null, null);
}

test('the brokers are away while a task reads, and while a job waits for records: it pauses and goes on', async (t) => {
  const kafka = await startKafka({ own: true });
  t.after(() => kafka.stop());
  const cluster = await startCluster(t, { executors: 2, lanes: 1, kafkaBrokers: kafka.brokers });
  const { topic, job, expectExact } = await startWindows(cluster);
  const paused = cluster.pauseAt({ method: 'RunTask', stage: 's0', at: 'request' });
  await cluster.produce(topic, part(1));
  const held = await paused;
  await kafka.kill();
  held.release();
  await expectPause(job, 'KAFKA_UNAVAILABLE', () => kafka.restart());
  const waiting = job.watch.events().length;
  await kafka.kill();
  await job.watch.until('a wait', (event) => {
    return event.job?.failure?.code === 'KAFKA_UNAVAILABLE' && job.watch.events().indexOf(event) >= waiting;
  });
  await kafka.restart();
  await cluster.produce(topic, part(2));
  await expectExact();
});

test('Redis is away while state is stored, and at the commit: the job pauses and goes on', async (t) => {
  const redis = await startRedis({ own: true });
  t.after(() => redis.stop());
  const cluster = await startCluster(t, { executors: 2, lanes: 1, redisUrl: redis.url });
  const { topic, job, expectExact } = await startWindows(cluster);
  const outage = async (number: number, point: Partial<PassingCall>) => {
    const paused = cluster.pauseAt({ method: 'RunTask', stage: 's1', ...point });
    await cluster.produce(topic, part(number));
    const held = await paused;
    await redis.kill();
    held.release();
  };
  await outage(1, { at: 'request' });
  await expectPause(job, 'STORE_UNAVAILABLE', () => redis.restart());
  await outage(2, { at: 'reply' });
  await redis.restart();
  await expectExact();
});
