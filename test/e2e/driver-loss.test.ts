import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink, readKafkaTable } from './support/sinks.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
const RECORDS_PER_BATCH = 40_000;
const BATCH = 1;

const PLACES: { title: string; point: Partial<PassingCall> }[] = [
  { title: 'after the offset log, before any task', point: { method: 'RunTask', stage: 's0', at: 'request' } },
  { title: 'after every task, before the commit', point: { method: 'RunTask', stage: 's1', at: 'reply' } },
];

for (const { title, point } of PLACES) {
  test(`the driver killed ${title}: the same batch is replayed`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 1 });
    const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
    await cluster.produce(topic, payments({ seed: 5, ...PAYMENTS }));
    const paused = cluster.pauseAt({ batch: BATCH, ...point });
    const sink = { topic: output, key: ['user', 'window_start'] };
    const limits = { recordsPerBatch: RECORDS_PER_BATCH };
    const job = await cluster.submit(paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', ...limits }));
    const held = await paused;
    const before = await job.logs();
    assert.equal(before.offsets.at(-1)?.batchId, BATCH, 'the batch is logged');
    assert.equal(before.commits.at(-1)?.batchId, BATCH - 1, 'and not committed');
    await cluster.killDriver();
    held.release();
    await cluster.startDriver();
    await job.untilFinished();
    await job.expectExactLogs();
    const after = await job.logs();
    assert.deepEqual(after.offsets[BATCH], before.offsets[BATCH], 'the intent stands as it was logged');
    assert.ok(
      after.commits[BATCH]!.driverEpoch > before.commits[BATCH - 1]!.driverEpoch,
      'a newer driver committed it',
    );
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
  });
}

test('the driver killed after the commit, before the publish: the output appears once', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 6, ...PAYMENTS }));
  const path = join(cluster.folder, 'out');
  const paused = cluster.pauseAt({ method: 'Publish', batch: BATCH, at: 'request' });
  const sink = { type: 'file', path };
  const job = await cluster.submit(
    paymentJob(SPEND_BY_USER.query, { topic, sink, recordsPerBatch: RECORDS_PER_BATCH }),
  );
  const held = await paused;
  assert.equal((await job.logs()).commits.at(-1)?.batchId, BATCH, 'the batch is committed');
  await cluster.killDriver();
  await cluster.startDriver();
  await job.untilFinished();
  // The publish of the dead driver wakes up late: it finds its work done, or is fenced.
  held.release();
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), SPEND_BY_USER.closedAnswer);
});

test('driver and executors killed together: another cluster goes on from Redis', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 7, ...PAYMENTS }));
  const path = join(cluster.folder, 'out');
  const paused = cluster.pauseAt({ method: 'RunTask', stage: 's1', batch: BATCH, at: 'reply' });
  const sink = { type: 'file', path };
  const job = await cluster.submit(
    paymentJob(SPEND_BY_USER.query, { topic, sink, recordsPerBatch: RECORDS_PER_BATCH }),
  );
  await paused;
  await Promise.all([cluster.killDriver(), cluster.killExecutor('executor-1'), cluster.killExecutor('executor-2')]);
  await Promise.all([cluster.startDriver(), cluster.addExecutor()]);
  await job.untilFinished();
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), SPEND_BY_USER.closedAnswer);
});
