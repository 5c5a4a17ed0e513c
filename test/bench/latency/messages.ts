import type { KafkaConnection } from '@millrace/shared/spec';

/** Handed to the processes that write and read, as their only argument. */
export type LatencyProcess = { connection: KafkaConnection; topic: string; recordsPerSecond: number };

/** What the reader tells when it is asked to end. */
export type LatencySamples = { latenciesMs: number[] };
