import { byTopic, type TopicPartition } from './by-topic.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { partitionErrors } from './partition-errors.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** The offset that the group is going to read next. */
export type GroupOffset = TopicPartition & { offset: number };

/** Of whoever is no member of the group. */
const NO_GENERATION = -1;
const NO_MEMBER = '';

/** OffsetCommit v5 (Kafka 2.1), from outside of the group; answers with the first error of a partition. */
export function offsetCommitRequest(
  group: string,
  offsets: readonly GroupOffset[],
): KafkaRequest<{ errorCode: number }> {
  const body = wireWriter();
  body.string(group);
  body.int32(NO_GENERATION);
  body.string(NO_MEMBER);
  body.array(byTopic(offsets), ({ topic, partitions }) => {
    body.string(topic);
    body.array(partitions, ({ partition, offset }) => {
      body.int32(partition);
      body.int64(offset);
      body.string(null); // metadata
    });
  });
  return {
    apiKey: 8,
    apiVersion: 5,
    apiName: 'OffsetCommit',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      return { value: { errorCode: partitionErrors(reader).find((code) => code !== 0) ?? 0 }, throttleMs };
    },
  };
}
