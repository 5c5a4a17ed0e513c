import type { KafkaRequest } from '../kafka-request.ts';
import { wireReader } from '../wire-reader.ts';
import { wireWriter } from '../wire-writer.ts';
import type { ProducerIdentity } from './producer-identity.ts';

const RESULTS = { abort: 0, commit: 1 } as const;

/** EndTxn v1 (Kafka 2.0): anyone who knows the identity may send it, and again. Markers follow within some ms of the answer. */
export function endTxnRequest(
  { transactionalId, producerId, producerEpoch }: ProducerIdentity,
  result: keyof typeof RESULTS,
): KafkaRequest<{ errorCode: number }> {
  const body = wireWriter();
  body.string(transactionalId);
  body.int64(producerId);
  body.int16(producerEpoch);
  body.int8(RESULTS[result]);
  return {
    apiKey: 26,
    apiVersion: 1,
    apiName: 'EndTxn',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      return { value: { errorCode: reader.int16() }, throttleMs };
    },
  };
}
