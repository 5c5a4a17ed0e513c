import type { BlobStore } from '../blob-store.ts';
import type { CommitStore } from '../commit-store.ts';
import type { LeaderStore } from '../leader-store.ts';
import { readRedisFacts } from './read-redis-facts.ts';
import { redisBlobStore } from './redis-blob-store.ts';
import { redisCommitStore } from './redis-commit-store.ts';
import {
  connectRedis,
  type RedisConnection,
  type RedisStoreOptions,
  type StoreDependencies,
} from './redis-connection.ts';
import { redisLeaderStore } from './redis-leader-store.ts';
import { judgeSafety, type StoreWarning } from './store-safety.ts';

/** All seams, and their end: `close` of any of them closes all. */
export type RedisStore = {
  commits: CommitStore;
  blobs: BlobStore;
  leaders: LeaderStore;
  /** What the operator should know of this Redis. STORE_UNSAFE: it evicts keys and must not be used. */
  check(): Promise<StoreWarning[]>;
  /** Whether the connection stands now; while it does not, calls wait and then fail with STORE_UNAVAILABLE. */
  isConnected(): boolean;
  close(): Promise<void>;
};

/** The driver's store. STORE_UNAVAILABLE when Redis does not answer, INVALID_CONFIG for a bad URL or credentials. */
export async function openRedisStore(
  options: string | RedisStoreOptions,
  deps: StoreDependencies,
): Promise<RedisStore> {
  const asked = typeof options === 'string' ? { url: options } : options;
  const redis = await connectRedis(asked, deps);
  const leases = await connectLeases(redis, asked, deps);
  const close = async () => void (await Promise.all([redis.close(), leases.close()]));
  return {
    commits: { ...redisCommitStore(redis), close },
    blobs: { ...redisBlobStore(redis), close },
    leaders: redisLeaderStore(leases),
    check: async () => judgeSafety(await readRedisFacts(redis)),
    isConnected: () => redis.client.status === 'ready',
    close,
  };
}

/** A connection that waits for replicas is blocked meanwhile; leases, whose loss costs peace and no data, must not stand behind that. */
async function connectLeases(
  redis: RedisConnection,
  options: RedisStoreOptions,
  deps: StoreDependencies,
): Promise<RedisConnection> {
  if (redis.replicasMin === 0) return redis;
  try {
    return await connectRedis({ ...options, replicasMin: 0 }, { clock: deps.clock });
  } catch (error) {
    await redis.close();
    throw error;
  }
}

/** An executor's store: it writes and reads state blobs and never commits. Errors as openRedisStore. */
export async function openRedisBlobStore(
  options: string | RedisStoreOptions,
  deps: StoreDependencies,
): Promise<BlobStore> {
  return redisBlobStore(await connectRedis(typeof options === 'string' ? { url: options } : options, deps));
}
