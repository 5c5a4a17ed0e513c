// `npm run servers`: a Kafka and a Redis for trying things by hand, until Ctrl-C.
import { once } from 'node:events';
import { MillraceError } from '@millrace/shared/errors';
import { announce } from './announce.ts';
import { type KafkaCluster, type RedisServer, startKafka, startRedis } from './index.ts';

async function main(): Promise<void> {
  announce('starting Kafka and Redis');
  const [kafka, redis] = await Promise.all([startKafka(), startRedis()]);
  const alive = setInterval(() => undefined, 2 ** 30);
  console.log(addresses(kafka, redis));
  announce('running until Ctrl-C');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
  clearInterval(alive);
  announce('stopping');
  await Promise.all([kafka.stop(), redis.stop()]);
}

function addresses(kafka: KafkaCluster, redis: RedisServer): string {
  const brokers = kafka.brokers.join(',');
  return [
    `Kafka  ${brokers}`,
    `Redis  ${redis.url}`,
    '',
    `export MILLRACE_KAFKA=${brokers}`,
    `export MILLRACE_REDIS=${redis.url}`,
  ].join('\n');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof MillraceError)) throw error;
  console.error(`millrace: ${error.message}\n${error.hint}`);
  process.exitCode = 1;
}
