import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { startRedis } from '../../servers/index.ts';
import { openTcpProxy } from '../../servers/tcp-proxy.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { FAULTS, type FaultKind, openFault, VICTIMS, type Victim } from './crash-fault.ts';
import type { PassingCall } from './pause-points.ts';
import { paymentJob, SPEND_BY_USER } from './payment-jobs.ts';
import { payments } from './payments.ts';
import { readKafkaSink } from './sinks.ts';
import type { TestJob } from './test-job.ts';

/** Where in a batch it happens: the call that is just passing between driver and executor. */
export const CRASH_POINTS = {
  'a map task is on its way': { method: 'RunTask', stage: 's0', at: 'request' },
  'a map task is done, and nobody knows': { method: 'RunTask', stage: 's0', at: 'reply' },
  'a reduce task is on its way': { method: 'RunTask', stage: 's1', at: 'request' },
  'a reduce task has prepared, and nobody knows': { method: 'RunTask', stage: 's1', at: 'reply' },
  'the batch is committed, its publish on its way': { method: 'Publish', at: 'request' },
  'the batch is published, and nobody knows': { method: 'Publish', at: 'reply' },
} as const satisfies Record<string, Partial<PassingCall>>;

export type CrashCell = {
  point: keyof typeof CRASH_POINTS;
  victim: Victim;
  fault: FaultKind;
  /** How long a victim stands still or is cut off. */
  outageMs: number;
};

/** `recoveryMs`: until the next batch is committed and visible, from the fault on; of a Redis that was away, from its return on. */
export type CrashOutcome = { recoveryMs: number };

const PAYMENTS = { seed: 6, records: 60_000, partitions: 4, disorderMs: 4_000 };
const RECORDS_PER_BATCH = 20_000;
/** Not the first: there is state to lose. */
const BATCH = 1;

/**
 * One fault at one point of a batch, on a cluster of its own with two executors and a driver that stands by. Rejects when anything is lost or
 * doubled, or the job does not go on to its end.
 */
export async function runCrashCell(t: TestContext, cell: CrashCell): Promise<CrashOutcome> {
  const redis = await startRedis({ own: true });
  t.after(() => redis.stop());
  const redisPort = Number(new URL(redis.url).port);
  const [toRedis, leaderToRedis] = [await openTcpProxy(redisPort), await openTcpProxy(redisPort)];
  t.after(() => Promise.all([toRedis.close(), leaderToRedis.close()]));
  const urlOf = ({ port }: { port: number }) => `redis://127.0.0.1:${port}`;
  const places = { redisUrl: urlOf(toRedis), leaderRedisUrl: urlOf(leaderToRedis) };
  const cluster = await startCluster(t, { executors: 2, lanes: 1, standby: true, cuttable: true, ...places });
  const { job, held, output } = await untilPoint(cluster, cell.point);

  const fault = openFault(cell, { cluster, executor: held.executor, redis, toRedis, leaderToRedis });
  let since = performance.now();
  await fault.begin();
  held.release();
  const isRedisAway = cell.victim === 'redis' && cell.fault !== 'killed';
  if (!isRedisAway) await job.untilBatch(BATCH);
  let recoveryMs = performance.now() - since;
  if (cell.fault !== 'killed') await systemClock.delay(Math.max(0, cell.outageMs - recoveryMs));
  since = performance.now();
  await fault.end();
  if (isRedisAway) await job.untilBatch(BATCH);
  if (isRedisAway) recoveryMs = performance.now() - since;

  await job.untilFinished();
  await job.expectExactLogs();
  await job.expectEqualsDuckDb(await readKafkaSink(cluster.kafka, output), SPEND_BY_USER.closedAnswer);
  return { recoveryMs: Math.round(recoveryMs) };
}

async function untilPoint(cluster: Cluster, point: CrashCell['point']) {
  const [topic, output] = [await cluster.createTopic(), await cluster.createTopic()];
  await cluster.produce(topic, payments(PAYMENTS));
  const paused = cluster.pauseAt({ batch: BATCH, ...CRASH_POINTS[point] });
  const options = { topic, sink: { topic: output }, recordsPerBatch: RECORDS_PER_BATCH };
  const job: TestJob = await cluster.submit(paymentJob(SPEND_BY_USER.query, options));
  return { job, output, held: await paused };
}

/** All there are, in the order of the table. */
export function crashCells(outageMs: number): CrashCell[] {
  const points = Object.keys(CRASH_POINTS) as CrashCell['point'][];
  assert.ok(points.length > 0);
  return points.flatMap((point) =>
    VICTIMS.flatMap((victim) => FAULTS.map((fault) => ({ point, victim, fault, outageMs }))),
  );
}
