import { byTopic, type TopicPartition } from './by-topic.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** Timestamps with a meaning of their own. */
export const LATEST = -1;
export const EARLIEST = -2;

/** `offset` −1: no record that late. */
export type ListedOffset = { topic: string; partition: number; errorCode: number; offset: number };

const CONSUMER_REPLICA_ID = -1;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/** ListOffsets v3 (Kafka 2.0). LATEST is the last stable offset, or with `uncommitted` the high watermark. */
export function listOffsetsRequest(
  items: readonly TopicPartition[],
  timestamp: number,
  uncommitted = false,
): KafkaRequest<ListedOffset[]> {
  const body = wireWriter();
  body.int32(CONSUMER_REPLICA_ID);
  body.int8(uncommitted ? READ_UNCOMMITTED : READ_COMMITTED);
  body.array(byTopic(items), ({ topic, partitions }) => {
    body.string(topic);
    body.array(partitions, ({ partition }) => {
      body.int32(partition);
      body.int64(timestamp);
    });
  });
  return {
    apiKey: 2,
    apiVersion: 3,
    apiName: 'ListOffsets',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: decodeListOffsets,
  };
}

function decodeListOffsets(payload: Buffer): { value: ListedOffset[]; throttleMs: number } {
  const reader = wireReader(payload);
  const throttleMs = reader.int32();
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const head = { topic, partition: reader.int32(), errorCode: reader.int16() };
      reader.int64(); // timestamp of the record found
      return { ...head, offset: reader.int64() };
    });
  });
  return { value: topics.flat(), throttleMs };
}
