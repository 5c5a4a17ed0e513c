// What the demo and its producer process tell each other.

export type ToProducer =
  /** So many payments at once, beside the steady ones. */
  | { kind: 'burst'; records: number }
  /** No more payments; the producer leaves when all are acknowledged. */
  | { kind: 'end' };

export type FromProducer =
  /** Payments acknowledged by Kafka, in all. */
  { kind: 'sent'; records: number } | { kind: 'ended'; records: number };

/** How the producer is started: one argument, JSON. */
export type ProducerPlan = {
  brokers: string[];
  topic: string;
  partitions: number;
  seed: number;
  recordsPerSecond: number;
};
