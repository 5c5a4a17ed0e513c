import { byTopic, type TopicPartition } from './by-topic.ts';
import { decodePartitionErrors, type ErrorAnswer } from './error-answer.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { wireWriter } from './wire-writer.ts';

/** The offset that the group is going to read next. */
export type GroupOffset = TopicPartition & { offset: number };

/** Of whoever is no member of the group. */
const NO_GENERATION = -1;
const NO_MEMBER = '';

/** OffsetCommit v5 (Kafka 2.1), from outside of the group; answers with the first error of a partition. */
export function offsetCommitRequest(group: string, offsets: readonly GroupOffset[]): KafkaRequest<ErrorAnswer> {
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
    decode: decodePartitionErrors,
  };
}
