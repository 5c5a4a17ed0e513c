import type { RedisConnection } from './redis-connection.ts';
import type { RedisFacts } from './store-safety.ts';

/** Asks INFO, and CONFIG for what INFO lacks. Hosted servers often forbid one or both: then facts are null. */
export async function readRedisFacts(redis: RedisConnection): Promise<RedisFacts> {
  const info = parseInfo((await ifAllowed(redis, () => redis.client.info())) ?? '');
  const fsync = (await ifAllowed(redis, () => redis.client.config('GET', 'appendfsync'))) as string[] | null;
  const maxmemory = info.get('maxmemory');
  const aof = info.get('aof_enabled');
  return {
    maxmemoryBytes: maxmemory === undefined ? null : Number(maxmemory),
    maxmemoryPolicy: info.get('maxmemory_policy') ?? null,
    appendOnly: aof === undefined ? null : aof === '1',
    appendFsync: fsync?.[1] ?? null,
    replicasMin: redis.replicasMin,
  };
}

async function ifAllowed<T>(redis: RedisConnection, ask: () => Promise<T>): Promise<T | null> {
  return redis.call('server settings', async () => {
    try {
      return await ask();
    } catch (error) {
      // A refusal is an answer; anything else is a failure of the store.
      if (error instanceof Error && /^(ERR|NOPERM)\b/.test(error.message)) return null;
      throw error;
    }
  });
}

function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).map((line) => line.split(':', 2));
  return new Map(pairs.filter((pair): pair is [string, string] => pair.length === 2));
}
