import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisStore, type RedisStoreOptions } from '@millrace/shared/store';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../../servers/index.ts';
import { openTcpProxy } from '../../../servers/tcp-proxy.ts';
import { aJob, commitOf, E, JOB, offsetsOf, stateBlob } from '../samples.ts';
import { redisForTest } from './redis-for-test.ts';
import { untilItWorks } from './until-it-works.ts';

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

test('a Redis that loads its data, or is busy with a script, is waited for', async (t) => {
  const server = await ownServer(t, { 'enable-debug-command': 'yes', 'busy-reply-threshold': '50' });
  const { store } = await openOn(t, { url: server.url });
  const [raw, other] = [new Redis(server.url), new Redis(server.url)];
  t.after(() => Promise.all([raw.quit(), other.quit()]));
  await store.commits.createJob(aJob());
  /** Another connection's command comes before or behind: until Redis refuses, it has not begun. */
  const refusing = async () => {
    while (await other.ping().then(Boolean, () => false)) await systemClock.delay(1);
  };
  const busy = assert.rejects(raw.eval('while true do end', 0));
  await refusing();
  await assert.rejects(store.commits.takeOver(JOB), { code: 'STORE_UNAVAILABLE', message: /busy with a script/ });
  await other.script('KILL');
  await busy;

  for (let i = 0; i < 100; i++) await raw.set(`filler:${i}`, 'x'.repeat(4_096));
  await raw.config('SET', 'loading-process-events-interval-bytes', '1024', 'key-load-delay', '10000');
  const loading = raw.debug('RELOAD');
  await refusing();
  await assert.rejects(store.commits.takeOver(JOB), { code: 'STORE_UNAVAILABLE', message: /loading/ });
  await loading;
  assert.equal((await store.commits.takeOver(JOB)).epoch, 1, 'what was refused has changed nothing');
});

test('a replica without its primary is not the store', async (t) => {
  const server = await ownServer(t, { 'replica-serve-stale-data': 'no' });
  const { store } = await openOn(t, { url: server.url });
  const raw = new Redis(server.url);
  t.after(() => raw.quit());
  await raw.replicaof('127.0.0.1', 1);
  await assert.rejects(store.commits.listJobs(), { code: 'STORE_UNAVAILABLE', message: /lost its primary/ });
});

test('a Redis that answers slowly is waited for, and one that does not answer in time is STORE_UNAVAILABLE', async (t) => {
  const server = await ownServer(t);
  const proxy = await openTcpProxy(Number(new URL(server.url).port));
  t.after(() => proxy.close());
  const { store } = await openOn(t, { url: `redis://127.0.0.1:${proxy.port}`, commandTimeoutMs: 1_000 });
  await store.commits.createJob(aJob());
  proxy.delayAnswers(400);
  assert.equal((await store.commits.takeOver(JOB)).epoch, 1);
  proxy.delayAnswers(0);
  proxy.cut();
  await assert.rejects(store.commits.takeOver(JOB), { code: 'STORE_UNAVAILABLE', message: /timed out/ });
  proxy.heal();
  await untilItWorks(() => store.commits.takeOver(JOB));
  // It had been on its way, or not: the caller cannot know, and need not.
  assert.ok((await store.commits.read(JOB)).epoch >= 2);
});
