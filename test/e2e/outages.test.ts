import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKafka, startRedis } from '../servers/index.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { PAYMENTS_FROM_MS, payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const RECORDS = 20_000;

const part = (number: number) =>
  payments({
    seed: 50 + number,
    records: RECORDS,
    partitions: 4,
    fromMs: PAYMENTS_FROM_MS + number * RECORDS,
    disorderMs: 3_000,
  });

async function startWindows(cluster: Cluster) {
  const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
  await cluster.produce(topic, part(0));
  const sink = { topic: output, key: ['user', 'window_start'] };
  const spec = paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', trigger: 'asap' });
  const job = await cluster.submit(spec);
  await job.untilCaughtUp();
  const expectExact = async () => {
    await job.untilCaughtUp();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
    assert.equal(
      job.watch.events().find((event) => event.job?.status === 'failed'),
      undefined,
    );
  };
  return { topic, job, expectExact };
}

test('the brokers are away while a task reads: the job waits and goes on', async (t) => {
  const kafka = await startKafka({ own: true });
  t.after(() => kafka.stop());
  const cluster = await startCluster(t, { executors: 2, lanes: 1, kafkaBrokers: kafka.brokers });
  const { topic, job, expectExact } = await startWindows(cluster);
  const paused = cluster.pauseAt({ method: 'RunTask', stage: 's0', at: 'request' });
  await cluster.produce(topic, part(1));
  const held = await paused;
  await kafka.kill();
  held.release();
  await job.watch.until('a task that failed', ({ task }) => task?.kind === 'taskRetried');
  await kafka.restart();
  await job.untilCaughtUp();
  await cluster.produce(topic, part(2));
  await expectExact();
});

test('Redis is away while state is stored, and at the commit: the job restarts, waits and goes on', async (t) => {
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
  await job.watch.until('a restart, after retries in vain', (event) => event.job?.status === 'restarting');
  await redis.restart();
  await job.untilCaughtUp();
  await outage(2, { at: 'reply' });
  await redis.restart();
  await expectExact();
});
