import type { KafkaRequest } from '../kafka-request.ts';
import { wireReader } from '../wire-reader.ts';
import { wireWriter } from '../wire-writer.ts';

export type InitProducerIdAnswer = { errorCode: number; producerId: bigint; producerEpoch: number };

/** InitProducerId v1 (Kafka 2.0): the next producer epoch of a transactional id; what is open under it is aborted first. */
export function initProducerIdRequest(
  transactionalId: string,
  transactionTimeoutMs: number,
): KafkaRequest<InitProducerIdAnswer> {
  const body = wireWriter();
  body.string(transactionalId);
  body.int32(transactionTimeoutMs);
  return {
    apiKey: 22,
    apiVersion: 1,
    apiName: 'InitProducerId',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      const errorCode = reader.int16();
      return { value: { errorCode, producerId: reader.bigint64(), producerEpoch: reader.int16() }, throttleMs };
    },
  };
}
