import { byTopic, type TopicPartition } from '../by-topic.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { partitionErrors } from '../partition-errors.ts';
import { wireReader } from '../wire-reader.ts';
import { wireWriter } from '../wire-writer.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** Said of partitions that would have been added, had another one not been refused. */
const OPERATION_NOT_ATTEMPTED = 55;

/** AddPartitionsToTxn v1 (Kafka 2.0): must be answered before the partitions are written to. Opens the transaction. */
export function addPartitionsRequest(
  { transactionalId, producerId, producerEpoch }: ProducerIdentity,
  partitions: readonly TopicPartition[],
): KafkaRequest<{ errorCode: number }> {
  const body = wireWriter();
  body.string(transactionalId);
  body.int64(producerId);
  body.int16(producerEpoch);
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
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      const errors = partitionErrors(reader).filter((code) => code !== 0);
      return {
        value: { errorCode: errors.find((code) => code !== OPERATION_NOT_ATTEMPTED) ?? errors[0] ?? 0 },
        throttleMs,
      };
    },
  };
}
