import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

/** `replicationFactor` is the broker's default unless given. `config`: topic settings by Kafka's names. */
export type NewTopic = {
  topic: string;
  partitions: number;
  replicationFactor?: number;
  config?: Readonly<Record<string, string>>;
};

export type CreatedTopic = { topic: string; errorCode: number; message: string };

const BROKER_DEFAULT = -1;
const CREATE_TIMEOUT_MS = 30_000;

/** CreateTopics v4 (Kafka 2.4), the first that lets the broker choose the replication factor. */
export function createTopicsRequest(topics: readonly NewTopic[]): KafkaRequest<CreatedTopic[]> {
  const body = wireWriter();
  body.array(topics, ({ topic, partitions, replicationFactor, config }) => {
    body.string(topic);
    body.int32(partitions);
    body.int16(replicationFactor ?? BROKER_DEFAULT);
    body.int32(0); // replica assignments
    body.array(Object.entries(config ?? {}), ([name, value]) => {
      body.string(name);
      body.string(value);
    });
  });
  body.int32(CREATE_TIMEOUT_MS);
  body.int8(0); // validate only
  return {
    apiKey: 19,
    apiVersion: 4,
    apiName: 'CreateTopics',
    parts: body.parts(),
    waitMaxMs: CREATE_TIMEOUT_MS,
    decode: (payload) => {
      const reader = wireReader(payload);
      const throttleMs = reader.int32();
      const value = reader.array(() => ({
        topic: reader.string(),
        errorCode: reader.int16(),
        message: reader.string(),
      }));
      return { value, throttleMs };
    },
  };
}
