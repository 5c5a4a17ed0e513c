import type { TopicPartition } from './by-topic.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** `offset` −1: the group has none there. */
export type OffsetFetchAnswer = { errorCode: number; offset: number };

/** OffsetFetch v4 (Kafka 2.0) for one partition. */
export function offsetFetchRequest(
  group: string,
  { topic, partition }: TopicPartition,
): KafkaRequest<OffsetFetchAnswer> {
  const body = wireWriter();
  body.string(group);
  body.array([topic], (name) => {
    body.string(name);
    body.array([partition], (index) => body.int32(index));
  });
  return {
    apiKey: 9,
    apiVersion: 4,
    apiName: 'OffsetFetch',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      const found = reader.array(() => {
        reader.string(); // topic
        return reader.array(() => {
          reader.int32(); // partition
          const offset = reader.int64();
          reader.string(); // metadata
          return { offset, errorCode: reader.int16() };
        });
      });
      const errorCode = reader.int16();
      const [first] = found.flat();
      return {
        value: { offset: -1, ...first, errorCode: errorCode || (first?.errorCode ?? 0) },
        throttleMs,
      };
    },
  };
}
