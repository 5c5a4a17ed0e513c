import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Cluster, startCluster } from './support/cluster.ts';
import { LARGE_PAYMENTS, paymentJob } from './support/payment-jobs.ts';
import { PAYMENTS_FROM_MS, payments } from './support/payments.ts';
import { backUpStore } from './support/store-backup.ts';
import { readTopic } from './support/topics.ts';

const RECORDS = 2_000;

const part = (number: number) =>
  payments({ seed: 90 + number, records: RECORDS, partitions: 4, fromMs: PAYMENTS_FROM_MS + number * RECORDS });

/** A job that has committed one part of its input, a backup of then, and another part committed since. */
async function startJob(t: TestContext, sinkOf: (cluster: Cluster) => Promise<object>) {
  const cluster = await startCluster(t, { executors: 1, lanes: 1 });
  const topic = await cluster.createTopic();
  const sink = await sinkOf(cluster);
  await cluster.produce(topic, part(0));
  const job = await cluster.submit(paymentJob(LARGE_PAYMENTS.query, { topic, sink, trigger: 'asap' }));
  await job.untilCaughtUp();
  const backup = await backUpStore(cluster.redisUrl, cluster.namespace);
  await cluster.produce(topic, part(1));
  await job.untilCaughtUp();
  return { cluster, job, backup, topic };
}

const intoTopic = (outputs: string[]) => async (cluster: Cluster) => {
  outputs.push(await cluster.createTopic());
  return { topic: outputs.at(-1) };
};

async function expectStaysFailed(cluster: Cluster, jobId: string): Promise<void> {
  await cluster.killDriver();
  await cluster.startDriver();
  const { stdout } = await cluster.cli('jobs', '--json');
  assert.match(stdout, new RegExp(`"${jobId}"[\\s\\S]*"failed"[\\s\\S]*STORE_CORRUPT`));
}

test('the store is rolled back under a running driver: the job stops and says so', async (t) => {
  const outputs: string[] = [];
  const { cluster, job, backup, topic } = await startJob(t, intoTopic(outputs));
  const shown = (await readTopic(cluster.kafka, outputs[0]!)).length;
  await backup.restore();
  await cluster.produce(topic, part(2));
  const { code, message } = await job.untilFailed();
  assert.equal(code, 'STORE_CORRUPT');
  assert.match(message, /older than this driver/);
  await expectStaysFailed(cluster, job.id);
  assert.equal((await readTopic(cluster.kafka, outputs[0]!)).length, shown, 'nothing was shown again');
});

test('a driver that starts on a rolled-back store hears of it from executors', async (t) => {
  const outputs: string[] = [];
  const { cluster, job, backup } = await startJob(t, intoTopic(outputs));
  const shown = (await readTopic(cluster.kafka, outputs[0]!)).length;
  await cluster.killDriver();
  await backup.restore();
  await cluster.startDriver();
  const { code, message } = await job.untilFailed();
  assert.equal(code, 'STORE_CORRUPT');
  assert.match(message, /older than this executor/);
  await expectStaysFailed(cluster, job.id);
  assert.equal((await readTopic(cluster.kafka, outputs[0]!)).length, shown, 'nothing was shown again');
});

test('driver epochs that executors have seen and the store has not are given out to nobody', async (t) => {
  const { cluster, job, backup, topic } = await startJob(t, intoTopic([]));
  for (const number of [2, 3]) {
    await cluster.killDriver();
    await cluster.startDriver();
    await cluster.produce(topic, part(number));
    await job.untilCaughtUp();
  }
  await cluster.killDriver();
  await backup.restore();
  await cluster.startDriver();
  const { code, message } = await job.untilFailed();
  assert.equal(code, 'STORE_CORRUPT');
  assert.match(message, /stands at driver epoch 3 .* has been at 3/);
});

test('a driver and executors that start on a rolled-back store hear of it from the files', async (t) => {
  const path = (cluster: Cluster) => join(cluster.folder, 'out');
  const { cluster, job, backup } = await startJob(t, async (cluster) => ({ type: 'file', path: path(cluster) }));
  const shown = await readdir(join(path(cluster), '_manifest'));
  await Promise.all([cluster.killDriver(), cluster.killExecutor('executor-1')]);
  await backup.restore();
  await Promise.all([cluster.startDriver(), cluster.addExecutor()]);
  const { code, message } = await job.untilFailed();
  assert.equal(code, 'STORE_CORRUPT');
  assert.match(message, /which the store has not committed/);
  await expectStaysFailed(cluster, job.id);
  assert.deepEqual(await readdir(join(path(cluster), '_manifest')), shown, 'no batch was written twice');
});
