import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisStore, type RedisStoreOptions } from '@millrace/shared/store';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../../servers/index.ts';
import { aJob, commitOf, E, JOB, offsetsOf, stateBlob } from '../samples.ts';
import { redisForTest } from './redis-for-test.ts';

/** A Redis of the test's own, for what would disturb others. */
async function ownServer(t: TestContext, config: Record<string, string> = {}): Promise<RedisServer> {
  const server = await startRedis({ own: true, config });
  t.after(() => server.stop());
  return server;
}

async function openOn(t: TestContext, options: RedisStoreOptions) {
  const events: string[] = [];
  const log = (_fields: object, message: string) => void events.push(message);
  const store = await openRedisStore(options, { clock: systemClock, logger: { info: log, warn: log } });
  t.after(() => store.close());
  return { store, events };
}

const refused: [what: string, url: string, code: string][] = [
  ['nothing listens', 'redis://127.0.0.1:1', 'STORE_UNAVAILABLE'],
  ['not a URL of Redis', 'http://127.0.0.1:6379', 'INVALID_CONFIG'],
  ['empty', '', 'INVALID_CONFIG'],
];
for (const [what, url, code] of refused) {
  test(`a store that cannot be opened says why: ${what}`, async () => {
    await assert.rejects(openRedisStore(url, { clock: systemClock }), { code });
  });
}

test('a wrong password is a matter of configuration, and is not repeated', async (t) => {
  const { url } = await redisForTest(t);
  const wrong = url.replace('redis://', 'redis://someone:s3cret@');
  await assert.rejects(openRedisStore(wrong, { clock: systemClock }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'INVALID_CONFIG');
    assert.doesNotMatch(JSON.stringify(error) + error.message, /s3cret/);
    return true;
  });
});

test('the servers Millrace starts are safe', async (t) => {
  const { store } = await openOn(t, { url: (await ownServer(t)).url });
  assert.deepEqual(await store.check(), []);
});

test('an evicting Redis is refused, a forgetful one is warned of', async (t) => {
  const config = { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru', appendfsync: 'everysec' };
  const { url } = await ownServer(t, config);
  const { store } = await openOn(t, { url });
  await assert.rejects(store.check(), { code: 'STORE_UNSAFE' });
});

test('a server that forbids CONFIG and INFO is used with warnings', async (t) => {
  const config = { user: 'limited on >pw ~* +@all -config -info' };
  const { url } = await ownServer(t, config);
  const { store } = await openOn(t, { url: url.replace('redis://', 'redis://limited:pw@') });
  const codes = (await store.check()).map(({ code }) => code);
  assert.deepEqual(codes, ['EVICTION_UNKNOWN', 'DURABILITY_UNKNOWN']);
  await store.commits.createJob(aJob());
});

test('a Redis that is gone is STORE_UNAVAILABLE, and work goes on when it is back', async (t) => {
  const server = await ownServer(t);
  const { store, events } = await openOn(t, { url: server.url, commandTimeoutMs: 1_000 });
  await store.commits.createJob(aJob());
  await store.commits.takeOver(JOB);
  await server.kill();
  const unavailable = { code: 'STORE_UNAVAILABLE', retry: 'backoff' };
  await assert.rejects(store.commits.setStatus(JOB, E(1), aJob().status), unavailable);
  await assert.rejects(store.blobs.put('a', new Uint8Array(3)), unavailable);
  await server.restart();
  await untilItWorks(() => store.commits.takeOver(JOB));
  assert.deepEqual(await store.commits.listJobs(), [aJob()]);
  assert.deepEqual(events, ['The connection to Redis is lost; reconnecting', 'The connection to Redis is back']);
});

test('a full Redis says so, changes nothing, and goes on when it has room', async (t) => {
  const server = await ownServer(t);
  const { store } = await openOn(t, { url: server.url });
  const raw = new Redis(server.url);
  t.after(() => raw.quit());
  await store.commits.createJob(aJob());
  await store.commits.takeOver(JOB);
  await store.commits.logOffsets(JOB, E(1), offsetsOf(0));
  const commit = () => store.commits.commit(JOB, E(1), commitOf(0), { add: [stateBlob('a', 0)], remove: [] });
  const full = { code: 'STORE_UNAVAILABLE', message: /memory limit/ };
  await raw.config('SET', 'maxmemory', '1');
  await assert.rejects(commit(), full);
  await assert.rejects(store.blobs.put('a', new Uint8Array(10)), full);
  await raw.config('SET', 'maxmemory', '0');
  await commit();
  assert.deepEqual((await store.commits.takeOver(JOB)).state, [stateBlob('a', 0)]);
});

test('a write that too few replicas received does not count', async (t) => {
  const server = await ownServer(t);
  const { store } = await openOn(t, { url: server.url, replicasMin: 1, commandTimeoutMs: 1_000 });
  await assert.rejects(store.blobs.put('a', new Uint8Array(3)), { code: 'STORE_UNAVAILABLE', message: /0 of 1/ });
});

/** As a driver would: asks again while the store is away. The test's own time limit ends it. */
async function untilItWorks(step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}
