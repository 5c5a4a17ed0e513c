import type { Clock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import { GENERATOR_DEFAULTS, type GeneratorOptions } from '../../examples/nexmark/generator/generator-options.ts';
import type { KafkaCluster, RedisServer } from '../servers/index.ts';
import type { NexmarkOptions } from './nexmark-options.ts';

/** What every step of a run is given. */
export type NexmarkContext = {
  kafkaServer: KafkaCluster;
  redisServer: RedisServer;
  kafka: KafkaClient;
  clock: Clock;
  options: NexmarkOptions;
  /** For files that end with the run. */
  folder: string;
  sideInputPath: string;
  say(line: string): void;
};

/** How many windows of ten seconds the answers that are compared go over at least, whatever the rate of those that are timed. */
const CHECK_WINDOWS = 10;
const WINDOW_SECONDS = 10;

export function throughputEvents({ options }: NexmarkContext): GeneratorOptions {
  const { seed, eventsPerSecond, disorderMaxMs } = options;
  const disorder = { ...GENERATOR_DEFAULTS.disorder, maxMs: disorderMaxMs };
  return { ...GENERATOR_DEFAULTS, seed, eventsPerSecond, disorder };
}

/** The same stream, slower if need be. */
export function checkedEvents(context: NexmarkContext): GeneratorOptions {
  const events = throughputEvents(context);
  const slowEnough = Math.ceil(context.options.checkEvents / (CHECK_WINDOWS * WINDOW_SECONDS));
  return { ...events, eventsPerSecond: Math.min(events.eventsPerSecond, slowEnough) };
}
