import { startKafka } from './kafka.ts';
import { startRedis } from './redis.ts';

export type SharedServers = { kafkaBrokers: string[]; redisUrl: string };

let started: Promise<SharedServers> | undefined;

/**
 * The servers all tests of a run share: what MILLRACE_TEST_KAFKA and MILLRACE_TEST_REDIS name (the test runner sets them), else
 * servers of this process, which end with it. Tests keep apart by names of their own (topics, key prefixes).
 */
export function sharedServers(): Promise<SharedServers> {
  started ??= findOrStart();
  return started;
}

async function findOrStart(): Promise<SharedServers> {
  const { MILLRACE_TEST_KAFKA: kafka, MILLRACE_TEST_REDIS: redis } = process.env;
  const [kafkaBrokers, redisUrl] = await Promise.all([
    kafka ? kafka.split(',') : startKafka().then(({ brokers }) => brokers),
    redis ? redis : startRedis().then(({ url }) => url),
  ]);
  return { kafkaBrokers, redisUrl };
}
