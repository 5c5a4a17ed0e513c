import type { KafkaRequest } from './kafka-request.ts';
import { wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

export type ClusterMetadata = {
  brokers: { nodeId: number; host: string; port: number }[];
  topics: TopicMetadata[];
};

export type TopicMetadata = {
  topic: string;
  /** Kafka's error code; 0: none. */
  errorCode: number;
  isInternal: boolean;
  /** `leader` −1: none at the moment. */
  partitions: { partition: number; leader: number }[];
};

/** Metadata v6 (Kafka 2.0). Null asks for all topics. Never creates one. */
export function metadataRequest(topics: readonly string[] | null): KafkaRequest<ClusterMetadata> {
  const body = wireWriter();
  if (topics === null) body.int32(-1);
  else body.array(topics, (topic) => body.string(topic));
  body.int8(0); // allow auto topic creation
  return { apiKey: 3, apiVersion: 6, apiName: 'Metadata', parts: body.parts(), waitMaxMs: 0, decode: decodeMetadata };
}

function decodeMetadata(payload: Buffer): { value: ClusterMetadata; throttleMs: number } {
  const reader = wireReader(payload);
  const throttleMs = reader.int32();
  const brokers = reader.array(() => {
    const broker = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
    reader.string(); // rack
    return broker;
  });
  reader.string(); // cluster id
  reader.int32(); // controller
  const topics = reader.array(() => {
    const head = { errorCode: reader.int16(), topic: reader.string(), isInternal: reader.int8() !== 0 };
    return { ...head, partitions: reader.array(() => decodePartition()) };
  });
  return { value: { brokers, topics }, throttleMs };

  function decodePartition(): { partition: number; leader: number } {
    reader.int16(); // error code: a missing leader says the same
    const partition = { partition: reader.int32(), leader: reader.int32() };
    reader.array(() => reader.int32()); // replicas
    reader.array(() => reader.int32()); // in-sync replicas
    reader.array(() => reader.int32()); // offline replicas
    return partition;
  }
}
