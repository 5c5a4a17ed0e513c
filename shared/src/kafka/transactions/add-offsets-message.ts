import { decodeErrorAnswer, type ErrorAnswer } from '../error-answer.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { bodyOf, type ProducerIdentity } from './producer-identity.ts';

/** AddOffsetsToTxn v1 (Kafka 2.0): offsets of this group may be written within the transaction from now on. */
export function addOffsetsRequest(identity: ProducerIdentity, group: string): KafkaRequest<ErrorAnswer> {
  const body = bodyOf(identity);
  body.string(group);
  return {
    apiKey: 25,
    apiVersion: 1,
    apiName: 'AddOffsetsToTxn',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: decodeErrorAnswer,
  };
}
