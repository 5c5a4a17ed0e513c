import { Redis } from 'ioredis';

/** Brings every key of the namespace back to what it was, as a restored backup or a lagging replica would. */
export type StoreBackup = { restore(): Promise<void> };

/** A copy of all that Millrace has in Redis under this namespace, but for who leads: that lease is of the moment. */
export async function backUpStore(redisUrl: string, namespace: string): Promise<StoreBackup> {
  const copies = await withRedis(redisUrl, async (redis) => {
    const keys = await keysOf(redis, namespace);
    return Promise.all(keys.map(async (key) => ({ key, bytes: await redis.dumpBuffer(key) })));
  });
  return {
    restore: () =>
      withRedis(redisUrl, async (redis) => {
        const restore = redis.multi().del(await keysOf(redis, namespace));
        for (const { key, bytes } of copies) if (bytes) restore.restore(key, 0, bytes);
        await restore.exec();
      }),
  };
}

const keysOf = async (redis: Redis, namespace: string) =>
  (await redis.keys(`${namespace}:*`)).filter((key) => !key.startsWith(`${namespace}:{leader}`));

async function withRedis<Result>(url: string, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
