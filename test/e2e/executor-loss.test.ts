import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink, readKafkaTable } from './support/sinks.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
/** Two map tasks a batch: one on each executor. */
const RECORDS_PER_BATCH = 40_000;
/** Not the first: state of earlier batches must be restored elsewhere. */
const BATCH = 1;

type Place = { title: string; point: Pick<PassingCall, 'stage' | 'at'> };

/** The work is done and nobody knows: what the attempt left (blocks, state blobs, output) must not count. */
const PLACES: Place[] = [
  { title: 'before it maps', point: { stage: 's0', at: 'request' } },
  { title: 'when it has mapped and not said so', point: { stage: 's0', at: 'reply' } },
  { title: 'before it reduces', point: { stage: 's1', at: 'request' } },
  { title: 'when it has reduced and not said so', point: { stage: 's1', at: 'reply' } },
];

for (const { title, point } of PLACES) {
  test(`an executor killed ${title}: windows in a topic`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
    await cluster.produce(topic, payments({ seed: 2, ...PAYMENTS }));
    const killed = cluster.pauseAt({ method: 'RunTask', batch: BATCH, attempt: 0, ...point });
    const sink = { topic: output, key: ['user', 'window_start'] };
    const limits = { recordsPerBatch: RECORDS_PER_BATCH };
    const job = await cluster.submit(paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', ...limits }));
    await cluster.killExecutor((await killed).executor);
    await job.watch.until('the retry', ({ task }) => task?.kind === 'taskRetried');
    await job.watch.until('the loss', ({ task }) => task?.kind === 'executorLost');
    await job.untilFinished();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
  });
}

for (const at of ['request', 'reply'] as const) {
  test(`an executor killed at the ${at} of a task that writes files`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const topic = await cluster.createTopic();
    await cluster.produce(topic, payments({ seed: 3, ...PAYMENTS }));
    const path = join(cluster.folder, 'out');
    const killed = cluster.pauseAt({ method: 'RunTask', batch: BATCH, attempt: 0, at });
    const sink = { type: 'file', path };
    const job = await cluster.submit(
      paymentJob(LARGE_PAYMENTS.query, { topic, sink, recordsPerBatch: RECORDS_PER_BATCH }),
    );
    await cluster.killExecutor((await killed).executor);
    const replacement = await cluster.addExecutor();
    await job.untilFinished();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);
    assert.ok(
      (await cluster.executors()).some(({ executorId, status }) => executorId === replacement && status === 'alive'),
    );
  });
}

test('an executor killed when it has published files and not said so', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 4, ...PAYMENTS }));
  const path = join(cluster.folder, 'out');
  const killed = cluster.pauseAt({ method: 'Publish', batch: BATCH, at: 'reply' });
  const sink = { type: 'file', path };
  const job = await cluster.submit(
    paymentJob(LARGE_PAYMENTS.query, { topic, sink, recordsPerBatch: RECORDS_PER_BATCH }),
  );
  await cluster.killExecutor((await killed).executor);
  await job.untilFinished();
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);
});
