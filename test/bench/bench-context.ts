import type { Clock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { KafkaCluster, RedisServer } from '../servers/index.ts';
import type { BenchOptions } from './bench-options.ts';
import { type Engine, startEngine } from './engine.ts';
import { fillTopic, type PaymentTopic } from './fill-topic.ts';

/** What every experiment is given. */
export type BenchContext = {
  kafkaServer: KafkaCluster;
  redisServer: RedisServer;
  kafka: KafkaClient;
  clock: Clock;
  options: BenchOptions;
  /** A line about what is being done. */
  say(line: string): void;
};

/** Event time that a second's worth of records advances. */
export const DENSE_RECORDS_PER_SECOND = 100_000;
export const SPARSE_RECORDS_PER_SECOND = 10_000;

export type Density = 'dense' | 'sparse';

/** The topic of payments that experiments of this density read, filled when it is not yet. */
export async function paymentTopic(context: BenchContext, density: Density): Promise<PaymentTopic> {
  const { kafka, options, say } = context;
  const records = density === 'dense' ? options.records : Math.ceil((options.records * 2) / 3);
  const recordsPerSecond = density === 'dense' ? DENSE_RECORDS_PER_SECOND : SPARSE_RECORDS_PER_SECOND;
  const topic = { topic: `payments-${density}-${records}`, records, recordsPerSecond };
  say(`${records.toLocaleString('en')} records in topic ${topic.topic}`);
  await fillTopic(kafka, topic);
  return topic;
}

export function openEngine(context: BenchContext, more: { executors?: number; executorFlags?: string[] } = {}) {
  const { redisServer, clock, options } = context;
  return startEngine({
    redisUrl: redisServer.url,
    clock,
    executors: more.executors ?? 1,
    profileFolder: options.profileFolder,
    ...(more.executorFlags ? { executorFlags: more.executorFlags } : {}),
  });
}

/** Runs `use` with an engine of its own: state and caches of one experiment do not help or hinder the next. */
export async function withEngine<T>(
  context: BenchContext,
  more: { executors?: number; executorFlags?: string[] },
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(context, more);
  try {
    return await use(engine);
  } finally {
    await engine.stop();
  }
}
