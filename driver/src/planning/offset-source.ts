import type { TopicIdentity } from '@millrace/shared/store';
import type { LatestOffset, Position, TopicPartition } from './batch-plan.ts';

/** What the planner asks of the brokers, for all sources of a job. KAFKA_UNAVAILABLE: ask again later. */
export type OffsetSource = {
  /** Where the job starts by its spec: every partition of every source. TOPIC_UNKNOWN when a topic is missing. */
  starting(): Promise<Position[]>;
  /** These partitions, from the first record that Kafka has of each. */
  beginning(partitions: readonly TopicPartition[]): Promise<Position[]>;
  /** Last stable offsets, every partition there is now. */
  latest(): Promise<LatestOffset[]>;
  /** Where partitions end; behind their last stable offset where transactions are open. */
  ends(): Promise<LatestOffset[]>;
  /** Which topics these are; those of brokers that tell no ids are left out. As new as what `latest` knows of partitions. */
  topics(): Promise<TopicIdentity[]>;
  /** Bytes of a record on average, by a look at the first ones from these positions; null where there are none to see. */
  recordBytes(positions: readonly Position[]): Promise<number | null>;
  /** Resolves when a record past a position has arrived, or after `waitMaxMs`. Rejects with the signal's reason. */
  waitForRecords(positions: readonly Position[], waitMaxMs: number, signal: AbortSignal): Promise<void>;
  /** Lets the brokers' own tools see where the job stands, as a consumer group of this name. */
  showPositions(group: string, positions: readonly Position[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
};
