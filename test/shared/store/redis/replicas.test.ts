import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisStore, type RedisStore } from '@millrace/shared/store';
import { pairsNeed, portOf, startRedisPair } from '../../../servers/redis-pair.ts';
import { openTcpProxy } from '../../../servers/tcp-proxy.ts';
import { aJob, commitOf, E, JOB, offsetsOf, stateBlob } from '../samples.ts';
import { untilItWorks } from './until-it-works.ts';

async function openOn(t: TestContext, url: string): Promise<RedisStore> {
  const store = await openRedisStore({ url, replicasMin: 1 }, { clock: systemClock });
  t.after(() => store.close());
  return store;
}

const TOO_FEW = { code: 'STORE_UNAVAILABLE', retry: 'backoff', message: /Only 0 of 1 Redis replicas/ };

const options = { skip: pairsNeed };

test('every write waits for a replica, also one that is only repeated', options, async (t) => {
  const { primary, second, leave, follow } = await startRedisPair(t);
  const store = await openOn(t, primary.url);
  await store.commits.createJob(aJob());
  await store.commits.takeOver(JOB);
  await store.blobs.put('a', Buffer.from('state'));
  assert.equal(await second.hget('millrace:blob:{a}', '0'), 'state', 'it is there once put has resolved');
  await store.commits.logOffsets(JOB, E(1), offsetsOf(0));
  await leave();
  const commit = () => store.commits.commit(JOB, E(1), commitOf(0), { add: [stateBlob('a', 0)], remove: [] });
  await assert.rejects(commit(), TOO_FEW);
  // The primary has taken it; to do nothing a second time is not to have it in two places.
  await assert.rejects(commit(), TOO_FEW);
  await assert.rejects(store.blobs.put('b', new Uint8Array(3)), TOO_FEW);
  await follow();
  await commit();
  assert.equal(await second.hget(`millrace:job:{${JOB}}:slot`, 'last'), '0');
});

test('leases do not stand behind writes that wait for replicas', options, async (t) => {
  const { primary, leave } = await startRedisPair(t);
  const store = await openOn(t, primary.url);
  await leave();
  const order: string[] = [];
  const waiting = assert.rejects(store.blobs.put('a', new Uint8Array(3)), TOO_FEW).then(() => order.push('write'));
  const candidate = { incarnation: 'i', address: 'a:1', seat: 's' };
  const leading = store.leaders.lead(candidate, 3_000).then(() => order.push('lease'));
  await Promise.all([waiting, leading]);
  assert.deepEqual(order, ['lease', 'write']);
});

test('a write whose primary is replaced while it waits for replicas does not count', options, async (t) => {
  const [old, other] = [await startRedisPair(t), await startRedisPair(t)];
  const proxy = await openTcpProxy(portOf(old.primary));
  t.after(() => proxy.close());
  const store = await openOn(t, `redis://127.0.0.1:${proxy.port}`);
  await store.blobs.put('a', new Uint8Array(3));
  const asleep = old.second.debug('SLEEP', '2');
  const waiting = store.blobs.put('b', new Uint8Array(3));
  while (!/blocked_clients:1/.test(await old.first.info('clients')));
  // What waits is asked again there, where replicas have all there is, and that is not this write.
  proxy.pointAt(portOf(other.primary));
  proxy.reset();
  await assert.rejects(waiting, { code: 'STORE_UNAVAILABLE', message: /lost before its replicas/ });
  await untilItWorks(() => store.blobs.put('b', new Uint8Array(3)));
  assert.equal(await other.second.exists('millrace:blob:{b}'), 1);
  await asleep;
});

test('what a replica lacks is not called missing', options, async (t) => {
  const { second } = await startRedisPair(t);
  const url = `redis://127.0.0.1:${second.options.port}`;
  const store = await openRedisStore({ url }, { clock: systemClock });
  t.after(() => store.close());
  const refused = { code: 'STORE_UNAVAILABLE', message: /is a replica/ };
  await assert.rejects(store.commits.read(JOB), refused);
  await assert.rejects(store.blobs.get('gone'), refused);
});

test('after a failover writes are refused, and go on once the address leads to the new primary', options, async (t) => {
  const { primary, replica, first, leave } = await startRedisPair(t);
  const proxy = await openTcpProxy(portOf(primary));
  t.after(() => proxy.close());
  const store = await openRedisStore(`redis://127.0.0.1:${proxy.port}`, { clock: systemClock });
  t.after(() => store.close());
  await store.commits.createJob(aJob());
  await first.wait(1, 0);
  await leave();
  await first.replicaof('127.0.0.1', portOf(replica));
  proxy.pointAt(portOf(replica));
  // Also while it takes over the data of the new primary, and has nothing of its own: nothing is missing, it is on its way.
  await assert.rejects(store.commits.takeOver(JOB), { code: 'STORE_UNAVAILABLE', message: /takes no writes/ });
  await untilItWorks(() => store.commits.takeOver(JOB));
  assert.equal((await store.commits.read(JOB)).epoch, 1, 'the refused one has changed nothing');
});
