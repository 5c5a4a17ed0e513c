import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { judgePartition, kafkaFailure } from '../../../shared/src/kafka/kafka-failure.ts';

const VERDICTS: [code: number, kind: string | undefined, error: string | undefined][] = [
  [0, undefined, undefined],
  [2, 'failed', 'CORRUPT_RECORD_BATCH'],
  [3, 'unknown', 'TOPIC_UNKNOWN'],
  [5, 'retry', 'KAFKA_UNAVAILABLE'],
  [6, 'retry', 'KAFKA_UNAVAILABLE'],
  [7, 'retry', 'KAFKA_UNAVAILABLE'],
  [10, 'failed', 'RECORD_TOO_LARGE'],
  [18, 'failed', 'RECORD_TOO_LARGE'],
  [20, 'retry', 'KAFKA_UNAVAILABLE'],
  [29, 'failed', 'KAFKA_REFUSED'],
  [75, 'retry', 'KAFKA_UNAVAILABLE'],
  [76, 'failed', 'KAFKA_REFUSED'],
  [999, 'failed', 'KAFKA_REFUSED'],
];

for (const [code, kind, error] of VERDICTS) {
  test(`error code ${code} of a partition is ${error ?? 'none'}`, () => {
    const step = judgePartition(code, 'tx', 3);
    assert.equal(step?.kind, kind);
    if (step === null || !('error' in step)) return;
    assert.equal(step.error.code, error);
    assert.match(step.error.message, /partition 3 of topic tx/);
  });
}

const thrown = (fields: object): Error => Object.assign(new Error('reason'), fields);

const THROWN: [error: unknown, code: string][] = [
  [thrown({ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }), 'KAFKA_UNAVAILABLE'],
  [thrown({ name: 'KafkaJSRequestTimeoutError' }), 'KAFKA_UNAVAILABLE'],
  [new RangeError('The response ends'), 'KAFKA_UNAVAILABLE'],
  ['a string', 'KAFKA_UNAVAILABLE'],
  [thrown({ name: 'KafkaJSConnectionError', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'KAFKA_REFUSED'],
  [thrown({ name: 'KafkaJSConnectionError', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'KAFKA_REFUSED'],
  [thrown({ name: 'KafkaJSConnectionError', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'KAFKA_REFUSED'],
  [thrown({ name: 'KafkaJSSASLAuthenticationError' }), 'KAFKA_REFUSED'],
  [thrown({ name: 'KafkaJSProtocolError', type: 'SASL_AUTHENTICATION_FAILED' }), 'KAFKA_REFUSED'],
  [new MillraceError('OFFSETS_GONE', 'gone'), 'OFFSETS_GONE'],
];

for (const [error, code] of THROWN) {
  test(`${JSON.stringify(error)} of ${(error as Error).name ?? 'nobody'} is ${code}`, () => {
    assert.equal(kafkaFailure(error, 'kafka:9092').code, code);
  });
}
