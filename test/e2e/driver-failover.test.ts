import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { startCluster } from './support/cluster.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
const RECORDS_PER_BATCH = 30_000;
const BATCH = 1;
const LOOK_MS = 50;

async function startJob(t: Parameters<typeof startCluster>[0]) {
  const cluster = await startCluster(t, { executors: 2, lanes: 1, standby: true });
  const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
  await cluster.produce(topic, payments({ seed: 8, ...PAYMENTS }));
  const paused = cluster.pauseAt({ batch: BATCH, method: 'RunTask', at: 'request' });
  const sink = { topic: output, key: ['user', 'window_start'] };
  const limits = { recordsPerBatch: RECORDS_PER_BATCH };
  // Submitted through the driver that stands by: it passes everything on.
  const job = await cluster.submit(paymentJob(SPEND_BY_USER.query, { topic, sink, outputMode: 'update', ...limits }));
  const held = await paused;
  const expectExact = async () => {
    await job.expectExactLogs();
    await job.expectEqualsDuckDb(await readKafkaTable(cluster.kafka, output), SPEND_BY_USER.answer);
  };
  return { cluster, job, held, expectExact };
}

/** Until a driver has written this line. */
async function untilSaid(logs: () => string, line: RegExp): Promise<void> {
  while (!line.test(logs())) await systemClock.delay(LOOK_MS);
}

test('the leader is killed: the driver that stands by goes on with the same batch', async (t) => {
  const { cluster, job, held, expectExact } = await startJob(t);
  const before = await job.logs();
  await cluster.killDriver();
  held.release();
  await job.untilFinished();
  await expectExact();
  const { offsets, commits } = await job.logs();
  assert.deepEqual(offsets[BATCH], before.offsets[BATCH], 'the intent stands as it was logged');
  assert.ok(commits[BATCH]!.driverEpoch > commits[0]!.driverEpoch, 'a newer driver committed it');
});

test('the leader is paused: another one takes over, and it steps down when it wakes up', async (t) => {
  const { cluster, job, held, expectExact } = await startJob(t);
  cluster.pauseDriver();
  await untilSaid(() => cluster.driverLogs()[1], /this driver leads/);
  cluster.resumeDriver();
  held.release();
  await untilSaid(() => cluster.driverLogs()[0], /another driver leads/);
  await job.untilFinished();
  await expectExact();
  const { code, stdout } = await cluster.cli('jobs', '--json');
  assert.equal(code, 0);
  assert.match(stdout, /"finished"/);
});

test('leadership goes back and forth: whoever wakes up as the only one leads again', async (t) => {
  const { cluster, job, held, expectExact } = await startJob(t);
  cluster.pauseDriver();
  await untilSaid(() => cluster.driverLogs()[1], /this driver leads/);
  await cluster.killStandby();
  cluster.resumeDriver();
  held.release();
  await untilSaid(() => cluster.driverLogs()[0], /this driver leads[\s\S]*this driver leads/);
  const finished = async () => {
    const { commits } = await job.logs();
    return commits.reduce((sum, { counts }) => sum + counts.recordsIn, 0) === PAYMENTS.records;
  };
  while (!(await finished())) await systemClock.delay(LOOK_MS);
  await expectExact();
});
