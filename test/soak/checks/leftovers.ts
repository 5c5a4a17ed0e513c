import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { redisKeys } from '../../../shared/src/store/redis/redis-keys.ts';
import { heldBack } from '../../e2e/support/topics.ts';
import type { SoakCluster } from '../soak-cluster.ts';

/** What the run has left in the servers. */
export type Leftovers = { heldBack: string[]; redisBytes: number; blobs: number; liveBlobs: number };

/** A few thousand accounts and windows and the last hundred batches of three jobs: what grows with time is far beyond. */
const REDIS_BYTES_MAX = 128 * 1024 * 1024;
/** Deltas up to the next snapshot, of every slice. What killed attempts wrote is swept at a takeover. */
const BLOBS_MAX = 2_000;

export async function findLeftovers(
  { kafka, namespace }: SoakCluster,
  redis: Redis,
  { jobs, topics }: { jobs: readonly string[]; topics: readonly string[] },
) {
  const keys = redisKeys(namespace);
  const live = await Promise.all(jobs.map((job) => redis.hlen(keys.job(job).state)));
  const [, used] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? [];
  let blobs = 0;
  for await (const found of redis.scanStream({ match: keys.blobPattern('') })) blobs += (found as string[]).length;
  const leftovers: Leftovers = {
    heldBack: await heldBack(kafka, topics),
    redisBytes: Number(used),
    blobs,
    liveBlobs: live.reduce((sum, count) => sum + count, 0),
  };
  return leftovers;
}

export function assertFewLeft({ heldBack, redisBytes, blobs }: Leftovers): void {
  assert.deepEqual(heldBack, [], 'partitions where a transaction stays open');
  assert.ok(redisBytes <= REDIS_BYTES_MAX, `Redis holds ${redisBytes} bytes`);
  assert.ok(blobs <= BLOBS_MAX, `${blobs} blobs are stored`);
}
