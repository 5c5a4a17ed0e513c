import type { TopicPartition } from '../by-topic.ts';
import { decodePartitionErrors, type ErrorAnswer } from '../error-answer.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { wireWriter } from '../wire-writer.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** An offset of a group, with a text beside it. */
export type MarkedOffset = TopicPartition & { offset: number; metadata: string };

/** TxnOffsetCommit v1 (Kafka 2.0): the offset counts once the transaction is committed. */
export function txnOffsetCommitRequest(
  { transactionalId, producerId, producerEpoch }: ProducerIdentity,
  group: string,
  { topic, partition, offset, metadata }: MarkedOffset,
): KafkaRequest<ErrorAnswer> {
  const body = wireWriter();
  body.string(transactionalId);
  body.string(group);
  body.int64(producerId);
  body.int16(producerEpoch);
  body.array([topic], (name) => {
    body.string(name);
    body.array([partition], (index) => {
      body.int32(index);
      body.int64(offset);
      body.string(metadata);
    });
  });
  return {
    apiKey: 28,
    apiVersion: 1,
    apiName: 'TxnOffsetCommit',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: decodePartitionErrors,
  };
}
