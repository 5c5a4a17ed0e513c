import { decodeErrorAnswer, type ErrorAnswer } from '../error-answer.ts';
import type { KafkaRequest } from '../kafka-request.ts';
import { bodyOf, type ProducerIdentity } from './producer-identity.ts';

const RESULTS = { abort: 0, commit: 1 } as const;

/** EndTxn v1 (Kafka 2.0): anyone who knows the identity may send it, and again. Markers follow within some ms of the answer. */
export function endTxnRequest(identity: ProducerIdentity, result: keyof typeof RESULTS): KafkaRequest<ErrorAnswer> {
  const body = bodyOf(identity);
  body.int8(RESULTS[result]);
  return {
    apiKey: 26,
    apiVersion: 1,
    apiName: 'EndTxn',
    parts: body.parts(),
    waitMaxMs: 0,
    decode: decodeErrorAnswer,
  };
}
