import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wire } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import { type DriverEpoch, jobId } from '@millrace/shared/ids';
import { call, connect } from '@millrace/shared/rpc';
import { openRedisStore } from '@millrace/shared/store';
import { sharedServers } from '../servers/index.ts';
import { openTcpProxy } from '../servers/tcp-proxy.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { paymentJob, SPEND_BY_USER } from './support/payment-jobs.ts';
import { payments } from './support/payments.ts';
import { readKafkaTable } from './support/sinks.ts';
import type { TestJob } from './support/test-job.ts';
import { part, startWindows } from './support/window-job.ts';

const PAYMENTS = { records: 120_000, partitions: 4, disorderMs: 8_000 };
const RECORDS_PER_BATCH = 30_000;
const BATCH = 1;
const LOOK_MS = 50;
const FAILOVER_MAX_MS = 5_000;
/** Other tests run on the same cores. */
const SLACK = 2;

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

/** From the moment that the leader is gone until the next commit; what it takes is said. */
function expectFailover(t: TestContext, goneAt: number): void {
  const tookMs = Math.round(performance.now() - goneAt);
  t.diagnostic(`${tookMs} ms until the next commit`);
  assert.ok(tookMs <= FAILOVER_MAX_MS * SLACK, `${tookMs} ms`);
}

/** Whatever a driver of this epoch still sends. */
async function expectRefused(cluster: Cluster, { id }: TestJob, driverEpoch: DriverEpoch): Promise<void> {
  const stale = { code: 'STALE_DRIVER_EPOCH' };
  for (const { address } of await cluster.executors()) {
    const executor = connect(wire.TaskService, address, { unavailable: 'EXECUTOR_LOST' });
    await assert.rejects(call(executor, 'AbortBatch', { jobId: id, driverEpoch, batchId: BATCH }), stale);
    executor.close();
  }
  const { redisUrl: url, namespace } = cluster;
  const { commits, close } = await openRedisStore({ url, namespace }, { clock: systemClock });
  const status = { desired: 'stopped', observed: 'failed', failureJson: null } as const;
  await assert.rejects(commits.setStatus(jobId(id), driverEpoch, status), stale);
  await close();
}

/** Until a driver has written this line. */
async function untilSaid(logs: () => string, line: RegExp): Promise<void> {
  while (!line.test(logs())) await systemClock.delay(LOOK_MS);
}

test('the leader is killed: the driver that stands by goes on with the same batch', async (t) => {
  const { cluster, job, held, expectExact } = await startJob(t);
  const before = await job.logs();
  await cluster.killDriver();
  const killedAt = performance.now();
  held.release();
  await job.untilBatch(BATCH);
  expectFailover(t, killedAt);
  await job.untilFinished();
  await expectExact();
  const { offsets, commits } = await job.logs();
  assert.deepEqual(offsets[BATCH], before.offsets[BATCH], 'the intent stands as it was logged');
  assert.ok(commits[BATCH]!.driverEpoch > commits[0]!.driverEpoch, 'a newer driver committed it');
});

test('the leader is paused: another one takes over, and it is refused everywhere and steps down when it wakes up', async (t) => {
  const { cluster, job, held, expectExact } = await startJob(t);
  cluster.pauseDriver();
  const pausedAt = performance.now();
  await job.untilBatch(BATCH);
  expectFailover(t, pausedAt);
  await expectRefused(cluster, job, (await job.logs()).commits[0]!.driverEpoch);
  held.release();
  cluster.resumeDriver();
  await untilSaid(() => cluster.driverLogs()[0], /another driver leads; standing by/);
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

test('the leader is cut off from Redis alone: another one takes over its executors, and it steps down when it hears', async (t) => {
  const { redisUrl } = await sharedServers();
  const proxy = await openTcpProxy(Number(new URL(redisUrl).port));
  t.after(() => proxy.close());
  const leaderRedisUrl = `redis://127.0.0.1:${proxy.port}`;
  const cluster = await startCluster(t, { executors: 2, lanes: 1, standby: true, redisUrl, leaderRedisUrl });
  const { topic, job, expectExact } = await startWindows(cluster);
  proxy.cut();
  const cutAt = performance.now();
  await cluster.produce(topic, part(1));
  await job.untilCaughtUp();
  expectFailover(t, cutAt);
  assert.doesNotMatch(cluster.driverLogs()[0], /another driver leads/, 'it cannot know yet');
  proxy.heal();
  await untilSaid(() => cluster.driverLogs()[0], /another driver leads; standing by/);
  await cluster.produce(topic, part(2));
  await expectExact();
  const epochs = (await job.logs()).commits.map(({ driverEpoch }) => Number(driverEpoch));
  assert.deepEqual(
    epochs,
    epochs.toSorted((a, b) => a - b),
    'nobody has committed after a newer driver',
  );
});
