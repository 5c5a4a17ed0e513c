import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { PAYMENTS_FROM_MS, payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const RECORDS = 50_000;

/** Each part of the input follows the one before in event time. */
const part = (number: number) =>
  payments({
    seed: 10 + number,
    records: RECORDS,
    partitions: 4,
    fromMs: PAYMENTS_FROM_MS + number * RECORDS,
    disorderMs: 3_000,
  });

test('executors come and go while a job runs', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
  await cluster.produce(topic, part(0));
  const sink = { topic: output, key: ['user', 'window_start'] };
  const job = await cluster.submit(
    paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', trigger: 'asap' }),
  );
  await job.untilCaughtUp();

  const added = await cluster.addExecutor();
  const used = cluster.pauseAt({ method: 'RunTask', stage: 's1', executor: added, at: 'request' });
  await cluster.produce(topic, part(1));
  (await used).release();
  await job.untilCaughtUp();

  // Both a map task, whose blocks others will fetch, and a reduce task, whose state must find a new home.
  for (const [number, executor, stage] of [
    [2, 'executor-1', 's0'],
    [3, 'executor-2', 's1'],
  ] as const) {
    const running = cluster.pauseAt({ method: 'RunTask', executor, stage, at: 'reply' });
    await cluster.produce(topic, part(number));
    const held = await running;
    const drained = cluster.drainExecutor(executor);
    await job.watch.until('the drain', ({ task }) => task?.kind === 'executorDraining' && task.text.includes(executor));
    held.release();
    await Promise.all([drained, job.untilCaughtUp()]);
    assert.equal(cluster.endingOf(executor), 'exit code 0');
    assert.doesNotMatch(cluster.logOf(executor), /leaving before everything was done/);
  }

  await cluster.produce(topic, part(4));
  await job.untilCaughtUp();
  const { code } = await cluster.cli('stop', job.id);
  assert.equal(code, 0);
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
});
