import { byTopic } from './by-topic.ts';
import type { AbortedTransaction } from './committed-batches.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** Part of a partition to fetch. `bytesMax` bounds it, except that a first batch larger than it comes whole. */
export type FetchWant = { topic: string; partition: number; offset: number; bytesMax: number };

/**
 * `bytesMax` bounds the whole response, with the same exception. The broker waits for `bytesMin` up to `waitMaxMs`.
 * `uncommitted`: also what lies behind the last stable offset; no aborted transactions are named then.
 */
export type FetchLimits = { waitMaxMs: number; bytesMin: number; bytesMax: number; uncommitted?: boolean };

export type FetchedPartition = {
  topic: string;
  partition: number;
  /** Kafka's error code; 0: none. */
  errorCode: number;
  highWatermark: number;
  /** Where a read_committed reader's world ends: the first record of the oldest open transaction, or the end. */
  lastStableOffset: number;
  logStartOffset: number;
  abortedTransactions: AbortedTransaction[];
  /** Record batches as the broker sent them: a view over the response, which all its partitions share. */
  records: Buffer;
};

const CONSUMER_REPLICA_ID = -1;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
/** Session 0 with epoch −1: every request stands for itself. */
const NO_SESSION = { id: 0, epoch: -1 };
const NO_LEADER_EPOCH = -1;

/** Fetch v11 (Kafka 2.3), the highest without flexible fields and topic ids. */
export function fetchRequest(wants: readonly FetchWant[], limits: FetchLimits): KafkaRequest<FetchedPartition[]> {
  const body = wireWriter();
  body.int32(CONSUMER_REPLICA_ID);
  body.int32(limits.waitMaxMs);
  body.int32(limits.bytesMin);
  body.int32(limits.bytesMax);
  body.int8(limits.uncommitted ? READ_UNCOMMITTED : READ_COMMITTED);
  body.int32(NO_SESSION.id);
  body.int32(NO_SESSION.epoch);
  body.array(byTopic(wants), ({ topic, partitions }) => {
    body.string(topic);
    body.array(partitions, (want) => {
      body.int32(want.partition);
      body.int32(NO_LEADER_EPOCH);
      body.int64(want.offset);
      body.int64(-1); // log start offset, for followers only
      body.int32(want.bytesMax);
    });
  });
  body.int32(0); // topics to forget
  body.string(''); // rack: always the leader
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: 'Fetch',
    parts: body.parts(),
    waitMaxMs: limits.waitMaxMs,
    decode: decodeFetch,
  };
}

function decodeFetch(payload: Buffer): { value: FetchedPartition[]; throttleMs: number } {
  const reader = wireReader(payload);
  const throttleMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session id
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const head = { topic, partition: reader.int32(), errorCode: reader.int16() || errorCode };
      const highWatermark = reader.int64();
      const lastStableOffset = reader.int64();
      const logStartOffset = reader.int64();
      const abortedTransactions = reader.array(() => ({ producerId: reader.bigint64(), firstOffset: reader.int64() }));
      reader.int32(); // preferred read replica
      return { ...head, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, records: reader.bytes() };
    });
  });
  return { value: topics.flat(), throttleMs };
}
