import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisBlobStore } from '@millrace/shared/store';
import { redisForTest } from './redis-for-test.ts';

test('a half-written blob is listed for the sweep but never read', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { blobs } = await open();
  await raw.hset(`${namespace}:blob:{half}`, '0', 'the first chunk of two');
  await assert.rejects(blobs.get('half'), { code: 'BLOB_LOST' });
  assert.deepEqual(await Array.fromAsync(blobs.list('ha')), ['half']);
  await blobs.remove(['half']);
  assert.equal(await raw.exists(`${namespace}:blob:{half}`), 0);
});

test('damage to a blob is noticed', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { blobs } = await open();
  const key = `${namespace}:blob:{a}`;
  const damage: [() => Promise<unknown>, string][] = [
    [() => raw.hset(key, '0', 'other bytes'), 'BLOB_CORRUPT'],
    [() => raw.hset(key, 'head', '{"version":2}'), 'BLOB_CORRUPT'],
    [() => raw.hset(key, 'head', 'nonsense'), 'BLOB_CORRUPT'],
    [() => raw.hdel(key, '0'), 'BLOB_LOST'],
  ];
  for (const [harm, code] of damage) {
    await blobs.put('a', Buffer.from('right bytes'));
    await harm();
    await assert.rejects(blobs.get('a'), { code });
  }
});

test('a large blob is cut into chunks of at most 4 MiB', async (t) => {
  const { open, raw, namespace } = await redisForTest(t);
  const { blobs } = await open();
  await blobs.put('a', new Uint8Array(9 * 1024 * 1024));
  const key = `${namespace}:blob:{a}`;
  assert.deepEqual((await raw.hkeys(key)).toSorted(), ['0', '1', '2', 'head']);
  assert.equal(await raw.hstrlen(key, '0'), 4 * 1024 * 1024);
});

test('an executor reads what another wrote', async (t) => {
  const { open, url, namespace } = await redisForTest(t);
  const { blobs } = await open();
  const other = await openRedisBlobStore({ url, namespace }, { clock: systemClock });
  t.after(() => other.close());
  await blobs.put('a', Buffer.from('state'));
  assert.equal(Buffer.from(await other.get('a')).toString(), 'state');
});
