import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { openRedisStore, type RedisStore } from '@millrace/shared/store';
import { Redis } from 'ioredis';
import { sharedServers } from '../../../servers/index.ts';

export type RedisForTest = {
  url: string;
  namespace: string;
  /** To look behind the store. */
  raw: Redis;
  /** Another connection to the same keys, closed with the test. */
  open(): Promise<RedisStore>;
};

/** A namespace of its own on the Redis of this run, or on that of the URL, removed after the test. */
export async function redisForTest(t: TestContext, ownUrl?: string): Promise<RedisForTest> {
  const url = ownUrl ?? (await sharedServers()).redisUrl;
  const namespace = `test-${randomUUID()}`;
  const raw = new Redis(url);
  t.after(async () => {
    const keys = await raw.keys(`${namespace}:*`);
    if (keys.length > 0) await raw.unlink(...keys);
    await raw.quit();
  });
  const open = async () => {
    const store = await openRedisStore({ url, namespace }, { clock: systemClock });
    t.after(() => store.close());
    return store;
  };
  return { url, namespace, raw, open };
}
