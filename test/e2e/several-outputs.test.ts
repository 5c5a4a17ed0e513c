import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cluster, startCluster } from './support/cluster.ts';
import type { PassingCall } from './support/pause-points.ts';
import { LARGE_PAYMENTS, paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readFileSink, readKafkaSink, readKafkaTable } from './support/sinks.ts';
import type { TestJob } from './support/test-job.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
/** Two map tasks a batch: one on each executor. */
const RECORDS_PER_BATCH = 40_000;
/** Not the first: state of earlier batches must be restored elsewhere. */
const BATCH = 1;

/** Rows of the source stage into files, and of the view behind the shuffle into two topics. */
async function startOutputs(cluster: Cluster, topic: string) {
  const [spend, closed] = [await cluster.createTopic(), await cluster.createTopic()];
  const path = join(cluster.folder, 'large');
  const { query, sink, outputMode, ...job } = paymentJob('', { topic, sink: {}, recordsPerBatch: RECORDS_PER_BATCH });
  const start = () =>
    cluster.submit({
      ...job,
      views: { windows: SPEND_BY_USER.query },
      outputs: {
        large: { query: LARGE_PAYMENTS.query, sink: { type: 'file', path } },
        spend: {
          query: 'SELECT * FROM windows',
          outputMode: 'update',
          sink: { topic: spend, key: ['user', 'window_start'] },
        },
        closed: { query: 'SELECT * FROM windows', sink: { topic: closed } },
      },
    } as never);
  const expectAll = async (job: TestJob) => {
    await job.untilFinished();
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readFileSink(path, 'ndjson'), LARGE_PAYMENTS.answer);
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, spend), SPEND_BY_USER.answer);
    await job.expectEqualsDuckDb(await readKafkaSink(cluster.kafka, closed), SPEND_BY_USER.closedAnswer);
    const { commits } = await job.logs();
    for (const { counts } of commits) {
      const rows = Object.values(counts.rowsByOutput).reduce((sum, count) => sum + count, 0);
      assert.equal(rows, counts.rowsOut, 'rows of outputs add up');
    }
    const names = new Set(commits.flatMap(({ outputs }) => outputs.map(({ sink }) => sink)));
    assert.deepEqual([...names].toSorted(), ['output:closed', 'output:large', 'output:spend']);
  };
  return { start, expectAll };
}

type Place = { title: string; point: Pick<PassingCall, 'method' | 'at'> & { stage?: string } };

const PLACES: Place[] = [
  { title: 'when it has staged files and not said so', point: { method: 'RunTask', stage: 's0', at: 'reply' } },
  {
    title: 'when its transactions are prepared and it has not said so',
    point: { method: 'RunTask', stage: 's1', at: 'reply' },
  },
  { title: 'when it has published and not said so', point: { method: 'Publish', at: 'reply' } },
];

for (const { title, point } of PLACES) {
  test(`three outputs, each exactly once: an executor killed ${title}`, async (t) => {
    const cluster = await startCluster(t, { executors: 2, lanes: 2 });
    const topic = await cluster.createTopic();
    await cluster.produce(topic, payments({ seed: 5, ...PAYMENTS }));
    const outputs = await startOutputs(cluster, topic);
    const killed = cluster.pauseAt({ batch: BATCH, ...(point.method === 'RunTask' && { attempt: 0 }), ...point });
    const job = await outputs.start();
    await cluster.killExecutor((await killed).executor);
    await outputs.expectAll(job);
  });
}

test('three outputs, each exactly once: the driver killed when it has asked for the output to be published', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 2 });
  const topic = await cluster.createTopic();
  await cluster.produce(topic, payments({ seed: 6, ...PAYMENTS }));
  const outputs = await startOutputs(cluster, topic);
  const held = cluster.pauseAt({ method: 'Publish', batch: BATCH, at: 'request' });
  const job = await outputs.start();
  const call = await held;
  await cluster.killDriver();
  call.release();
  await cluster.startDriver();
  await outputs.expectAll(job);
});
