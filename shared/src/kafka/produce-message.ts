import { byTopic } from './by-topic.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** One complete record batch: since v3 a partition's part of a request must hold exactly one. */
export type ProduceItem = { topic: string; partition: number; batch: Buffer };

export type ProducedPartition = { topic: string; partition: number; errorCode: number; baseOffset: number };

/** Produce v7 (Kafka 2.1), the first that takes zstd. Every partition at most once. */
export function produceRequest(
  items: readonly ProduceItem[],
  options: { acks: -1 | 1; timeoutMs: number; transactionalId: string | null },
): KafkaRequest<ProducedPartition[]> {
  const body = wireWriter();
  body.string(options.transactionalId);
  body.int16(options.acks);
  body.int32(options.timeoutMs);
  body.array(byTopic(items), ({ topic, partitions }) => {
    body.string(topic);
    body.array(partitions, ({ partition, batch }) => {
      body.int32(partition);
      body.bytes(batch);
    });
  });
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    parts: body.parts(),
    waitMaxMs: options.timeoutMs,
    decode: decodeProduce,
  };
}

function decodeProduce(payload: Buffer): { value: ProducedPartition[]; throttleMs: number } {
  const reader = wireReader(payload);
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array(() => {
      const partition = { topic, partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() };
      reader.int64(); // log append time
      reader.int64(); // log start offset
      return partition;
    });
  });
  return { value: topics.flat(), throttleMs: reader.int32() };
}
