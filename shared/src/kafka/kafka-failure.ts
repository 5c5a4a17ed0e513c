import { MillraceError } from '../errors/index.ts';
import type { Step } from './by-leader.ts';
import { isFenced, transactionFailure } from './transactions/transaction-failure.ts';

/** Kafka's error codes that are worth telling apart; see the table in Kafka's protocol guide. */
const RETRIABLE: Readonly<Record<number, string>> = {
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  13: 'NETWORK_EXCEPTION',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  56: 'KAFKA_STORAGE_ERROR',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  89: 'THROTTLING_QUOTA_EXCEEDED',
};
export const OFFSET_OUT_OF_RANGE = 1;
const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const MESSAGE_TOO_LARGE = 10;
const INVALID_TOPIC = 17;
const RECORD_LIST_TOO_LARGE = 18;
const REFUSALS: Readonly<Record<number, string>> = {
  29: 'TOPIC_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  32: 'INVALID_TIMESTAMP',
  35: 'UNSUPPORTED_VERSION',
  44: 'POLICY_VIOLATION',
  76: 'UNSUPPORTED_COMPRESSION_TYPE',
  87: 'INVALID_RECORD',
};

/** What a partition's error code in a response asks for; null for 0, no error. OFFSET_OUT_OF_RANGE is the caller's. */
export function judgePartition(code: number, topic: string, partition: number): Step<never> | null {
  if (code === 0) return null;
  const where = `partition ${partition} of topic ${topic}`;
  const details = { topic, partition, kafkaError: code };
  const retriable = RETRIABLE[code];
  if (retriable) {
    return {
      kind: 'retry',
      error: new MillraceError('KAFKA_UNAVAILABLE', `Kafka says ${retriable} for ${where}.`, { details }),
    };
  }
  if (code === UNKNOWN_TOPIC_OR_PARTITION || code === INVALID_TOPIC) {
    return { kind: 'unknown', error: new MillraceError('TOPIC_UNKNOWN', `There is no ${where}.`, { details }) };
  }
  if (code === MESSAGE_TOO_LARGE || code === RECORD_LIST_TOO_LARGE) {
    const hint = 'Raise `max.message.bytes` of the topic, or make the rows smaller.';
    const message = `Kafka refuses a record batch for ${where}: it is larger than the topic allows.`;
    return { kind: 'failed', error: new MillraceError('RECORD_TOO_LARGE', message, { hint, details }) };
  }
  if (code === CORRUPT_MESSAGE) {
    const message = `Kafka finds a record batch of ${where} corrupt.`;
    return { kind: 'failed', error: new MillraceError('CORRUPT_RECORD_BATCH', message, { details }) };
  }
  if (isFenced(code)) return { kind: 'failed', error: transactionFailure(code, where) };
  const message = `Kafka refuses ${where}: ${REFUSALS[code] ?? 'error'} (code ${code}).`;
  return { kind: 'failed', error: new MillraceError('KAFKA_REFUSED', message, { details }) };
}

/** Error names and types of kafkajs that mean credentials or rights, which waiting does not mend. */
const REFUSED_NAMES = new Set(['KafkaJSSASLAuthenticationError', 'KafkaJSServerDoesNotSupportApiKey']);
const REFUSED_TYPES = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_CONFIG',
]);
/** Codes of Node's TLS errors, such as ERR_TLS_CERT_ALTNAME_INVALID and DEPTH_ZERO_SELF_SIGNED_CERT. */
const TLS_CODE = /TLS|SSL|CERT|SIGNATURE/;

/** Whatever a connection or kafkajs threw, as KAFKA_REFUSED or KAFKA_UNAVAILABLE; a MillraceError stays as it is. */
export function kafkaFailure(thrown: unknown, broker: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const error: { name?: unknown; type?: unknown; code?: unknown } = thrown instanceof Error ? thrown : {};
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { broker };
  if (TLS_CODE.test(String(error.code))) {
    const hint = 'Check `ssl` and the broker’s certificate; NODE_EXTRA_CA_CERTS names a file of further authorities.';
    return new MillraceError('KAFKA_REFUSED', `TLS with Kafka at ${broker} failed: ${message}`, {
      hint,
      details,
      cause: thrown,
    });
  }
  if (REFUSED_NAMES.has(String(error.name)) || REFUSED_TYPES.has(String(error.type))) {
    const hint = 'Check user, password, mechanism and the rights of this user.';
    return new MillraceError('KAFKA_REFUSED', `Kafka at ${broker} refuses: ${message}`, {
      hint,
      details,
      cause: thrown,
    });
  }
  const hint = 'Check the broker addresses and that Kafka is running; Millrace goes on by itself when it answers.';
  return new MillraceError('KAFKA_UNAVAILABLE', `Kafka at ${broker} does not answer: ${message}`, {
    hint,
    details,
    cause: thrown,
  });
}
