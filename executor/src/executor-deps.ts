import type { Clock, Random } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import type { Logger } from '@millrace/shared/logging';
import type { Metrics } from '@millrace/shared/metrics';
import type { Transport } from '@millrace/shared/rpc';
import type { KafkaConnection } from '@millrace/shared/spec';
import type { BlobStore } from '@millrace/shared/store';
import type { Lane } from './tasks/lane-set.ts';

/** Everything an executor does not make itself. `blobs` stays the caller's to close. */
export type ExecutorDeps = {
  clock: Clock;
  random: Random;
  log: Logger;
  blobs: BlobStore;
  metrics: Metrics;
  transport: Transport;
  connectKafka(connection: KafkaConnection): Promise<KafkaClient>;
  openLane(options: { lane: number; scratchDir: string; memoryMaxBytes: number }): Lane;
  process: { pid: number; isAlive(pid: number): boolean; residentBytes(): number };
};
