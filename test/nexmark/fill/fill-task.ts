import type { GeneratorOptions } from '../../../examples/nexmark/generator/generator-options.ts';

/** What a thread that fills a topic is told. */
export type FillTask = {
  brokers: readonly string[];
  topic: string;
  generator: GeneratorOptions;
  events: number;
  partitions: number;
  /** Fills the partitions whose number leaves `thread` when it is divided by `threads`. */
  threads: number;
  thread: number;
};
