import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../servers/index.ts';
import { pairsNeed, portOf, startRedisPair } from '../servers/redis-pair.ts';
import { openTcpProxy } from '../servers/tcp-proxy.ts';
import { type ClusterOptions, startCluster } from './support/cluster.ts';
import { MILLRACE } from './support/role-process.ts';
import type { TestJob } from './support/test-job.ts';
import { part, startWindows } from './support/window-job.ts';

/** From the moment that Redis is back. */
const BACK_AT_WORK_MAX_MS = 5_000;
/** Of an answer: a hundred times a good one. */
const SLOW_ANSWER_MS = 40;

async function ownRedis(t: TestContext) {
  const redis = await startRedis({ own: true });
  const raw = new Redis(redis.url);
  raw.on('error', () => {});
  t.after(async () => {
    raw.disconnect();
    await redis.stop();
  });
  return { redis, raw };
}

const start = (t: TestContext, options: Partial<ClusterOptions>) =>
  startCluster(t, { executors: 2, lanes: 1, ...options });

/** Resolves when the job, running, tells of what it waits for: from the call on. */
function untilItWaits({ watch }: TestJob, message: RegExp) {
  const before = watch.events().length;
  return watch.until(`it waits: ${message}`, (event) => {
    const { status, failure } = event.job ?? {};
    const waits = status === 'running' && failure?.code === 'STORE_UNAVAILABLE' && message.test(failure.message);
    return waits && watch.events().indexOf(event) >= before;
  });
}

/** `back`: when Redis was. */
async function expectBackAtWork(t: TestContext, job: TestJob, back: number): Promise<void> {
  await job.untilCaughtUp();
  const tookMs = Math.round(performance.now() - back);
  t.diagnostic(`${tookMs} ms until all is committed`);
  assert.ok(tookMs <= BACK_AT_WORK_MAX_MS, `${tookMs} ms`);
  assert.ok(!job.watch.events().some((event) => event.job?.status === 'restarting'), 'it pauses and does not restart');
}

test('a driver does not start on a Redis that evicts keys', async (t) => {
  const redis = await startRedis({ own: true, config: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' } });
  t.after(() => redis.stop());
  const args = [MILLRACE, 'driver', '--listen', '127.0.0.1:0', '--health', '127.0.0.1:0', '--store', redis.url];
  const { code, stderr } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  assert.equal(code, 1);
  assert.match(stderr, /evicts keys when it is full[\s\S]*noeviction/);
});

test('Redis is killed and started again on its append-only file: jobs pause, and go on within seconds', async (t) => {
  const { redis } = await ownRedis(t);
  const cluster = await start(t, { redisUrl: redis.url });
  const { topic, job, expectExact } = await startWindows(cluster);
  for (const number of [1, 2]) {
    const waits = untilItWaits(job, /cannot be reached/);
    await redis.kill();
    await cluster.produce(topic, part(number));
    await waits;
    await redis.restart();
    await expectBackAtWork(t, job, performance.now());
  }
  await expectExact();
});

test('Redis is at its memory limit: jobs pause, say so, lose nothing, and go on when there is room', async (t) => {
  const { redis, raw } = await ownRedis(t);
  const cluster = await start(t, { redisUrl: redis.url });
  const { topic, job, expectExact } = await startWindows(cluster);
  const waits = untilItWaits(job, /at its memory limit/);
  await raw.config('SET', 'maxmemory', '1');
  await cluster.produce(topic, part(1));
  await waits;
  const { stdout } = await cluster.cli('describe', job.id);
  assert.match(stdout, /memory limit[\s\S]*maxmemory/, 'with the way out');
  await raw.config('SET', 'maxmemory', '0');
  await expectBackAtWork(t, job, performance.now());
  await expectExact();
});

test('Redis answers slowly and forgets scripts: jobs go on', async (t) => {
  const { redis, raw } = await ownRedis(t);
  const proxy = await openTcpProxy(portOf(redis));
  t.after(() => proxy.close());
  const cluster = await start(t, { redisUrl: `redis://127.0.0.1:${proxy.port}` });
  const { topic, job, expectExact } = await startWindows(cluster);
  proxy.delayAnswers(SLOW_ANSWER_MS);
  for (const number of [1, 2, 3]) {
    await raw.script('FLUSH');
    await cluster.produce(topic, part(number));
    await job.untilCaughtUp();
  }
  proxy.reset();
  await cluster.produce(topic, part(4));
  await expectExact();
});

test('a failover to a replica that was waited for loses nothing', { skip: pairsNeed }, async (t) => {
  const { primary, replica, leave } = await startRedisPair(t);
  const proxy = await openTcpProxy(portOf(primary));
  t.after(() => proxy.close());
  const cluster = await start(t, { redisUrl: `redis://127.0.0.1:${proxy.port}`, storeReplicas: 1 });
  const { topic, job, expectExact } = await startWindows(cluster);
  const held = cluster.pauseAt({ method: 'RunTask', stage: 's1', at: 'reply' });
  await cluster.produce(topic, part(1));
  const atCommit = await held;
  await primary.kill();
  const waits = untilItWaits(job, /Only 0 of 1 Redis replicas|cannot be reached/);
  atCommit.release();
  await leave();
  proxy.pointAt(portOf(replica));
  await waits;
  const next = await startRedis({ own: true, config: { replicaof: `127.0.0.1 ${portOf(replica)}` } });
  t.after(() => next.stop());
  await expectBackAtWork(t, job, performance.now());
  await expectExact();
});
