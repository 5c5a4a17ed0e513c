import { byTopic, type TopicPartition } from '../by-topic.ts';
import { decodePartitionErrors, type ErrorAnswer } from '../error-answer.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { bodyOf, type ProducerIdentity } from './producer-identity.ts';

/** AddPartitionsToTxn v1 (Kafka 2.0): must be answered before the partitions are written to. Opens the transaction. */
export function addPartitionsRequest(
  identity: ProducerIdentity,
  partitions: readonly TopicPartition[],
): KafkaRequest<ErrorAnswer> {
  const body = bodyOf(identity);
  body.array(byTopic(partitions), ({ topic, partitions }) => {
    body.string(topic);
    body.array(partitions, ({ partition }) => body.int32(partition));
  });
  return {
    apiKey: 24,
    apiVersion: 1,
    apiName: 'AddPartitionsToTxn',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: decodePartitionErrors,
  };
}
