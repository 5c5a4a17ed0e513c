import type { KafkaRequest } from '../kafka-request.ts';
import { wireReader } from '../wire-reader.ts';
import { wireWriter } from '../wire-writer.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** AddOffsetsToTxn v1 (Kafka 2.0): offsets of this group may be written within the transaction from now on. */
export function addOffsetsRequest(
  { transactionalId, producerId, producerEpoch }: ProducerIdentity,
  group: string,
): KafkaRequest<{ errorCode: number }> {
  const body = wireWriter();
  body.string(transactionalId);
  body.int64(producerId);
  body.int16(producerEpoch);
  body.string(group);
  return {
    apiKey: 25,
    apiVersion: 1,
    apiName: 'AddOffsetsToTxn',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      return { value: { errorCode: reader.int16() }, throttleMs };
    },
  };
}
