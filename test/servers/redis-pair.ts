import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from './redis.ts';
import { findRedis } from './redis-program.ts';

/** A primary and its replica, with connections to both. */
export type RedisPair = {
  primary: RedisServer;
  replica: RedisServer;
  /** To the primary and to the replica. */
  first: Redis;
  second: Redis;
  /** Resolves when the replica has all that the primary has. */
  follow(): Promise<void>;
  /** The replica is one no more, and takes writes. */
  leave(): Promise<unknown>;
};

export const portOf = ({ url }: RedisServer): number => Number(new URL(url).port);

/** Why there cannot be a pair here; false when there can. */
export const pairsNeed: string | false =
  (await findRedis()).kind === 'image'
    ? 'needs redis-server on this machine: containers of tests do not see each other'
    : false;

export async function startRedisPair(t: TestContext): Promise<RedisPair> {
  const config = { 'enable-debug-command': 'yes', 'repl-diskless-sync-delay': '0' };
  const [primary, replica] = await Promise.all([startRedis({ own: true, config }), startRedis({ own: true, config })]);
  const [first, second] = [new Redis(primary.url), new Redis(replica.url)];
  // Tests kill servers under them.
  for (const raw of [first, second]) raw.on('error', () => {});
  t.after(async () => {
    for (const raw of [first, second]) raw.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
  });
  const follow = async () => {
    await second.replicaof('127.0.0.1', portOf(primary));
    while (!/master_link_status:up/.test(await second.info('replication')));
    // Counts as a replica once it has said how far it is.
    while ((await first.wait(1, 0)) < 1);
  };
  await follow();
  return { primary, replica, first, second, follow, leave: () => second.replicaof('NO', 'ONE') };
}
