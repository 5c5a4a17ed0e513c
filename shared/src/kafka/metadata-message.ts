import type { KafkaRequest } from './kafka-request.ts';
import { type WireReader, wireReader } from './wire-reader.ts';
import { wireWriter } from './wire-writer.ts';

export type ClusterMetadata = {
  brokers: { nodeId: number; host: string; port: number }[];
  topics: TopicMetadata[];
};

export type TopicMetadata = {
  topic: string;
  /** Another one when the topic was deleted and made again; null: there is none, or the broker tells none. */
  topicId: string | null;
  /** Kafka's error code; 0: none. */
  errorCode: number;
  isInternal: boolean;
  /** `leader` −1: none at the moment. */
  partitions: { partition: number; leader: number }[];
};

const NO_TOPIC_ID = '0'.repeat(32);

/** Metadata v12 (Kafka 3.0), which tells ids of topics; v6 (Kafka 2.0) of older brokers. Null asks for all topics. Never creates one. */
export function metadataRequest(topics: readonly string[] | null): KafkaRequest<ClusterMetadata> {
  const body = wireWriter();
  body.tags(); // of the header
  body.compactArray(topics, (topic) => {
    body.int64(0); // topic id, 16 bytes: none, we ask by name
    body.int64(0);
    body.compactString(topic);
    body.tags();
  });
  body.int8(0); // allow auto topic creation
  body.int8(0); // include authorized operations
  body.tags();
  return { ...metadata(12, body.parts(), decodeMetadata), older: metadataRequestV6(topics) };
}

export function metadataRequestV6(topics: readonly string[] | null): KafkaRequest<ClusterMetadata> {
  const body = wireWriter();
  if (topics === null) body.int32(-1);
  else body.array(topics, (topic) => body.string(topic));
  body.int8(0); // allow auto topic creation
  return metadata(6, body.parts(), decodeMetadataV6);
}

function metadata(
  apiVersion: number,
  parts: Buffer[],
  decode: KafkaRequest<ClusterMetadata>['decode'],
): KafkaRequest<ClusterMetadata> {
  return { apiKey: 3, apiVersion, apiName: 'Metadata', parts, waitMaxMs: 0, decode };
}

function decodeMetadata(payload: Buffer): { value: ClusterMetadata; throttleMs: number } {
  const reader = wireReader(payload);
  reader.tags(); // of the header
  const throttleMs = reader.int32();
  const brokers = reader.compactArray(() => {
    const broker = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() };
    reader.compactString(); // rack
    reader.tags();
    return broker;
  });
  reader.compactString(); // cluster id
  reader.int32(); // controller
  const topics = reader.compactArray(() => {
    const errorCode = reader.int16();
    const topic = reader.compactString();
    const topicId = reader.uuid();
    const isInternal = reader.int8() !== 0;
    const partitions = reader.compactArray(() => decodePartition(reader));
    reader.int32(); // authorized operations
    reader.tags();
    return { topic, topicId: topicId === NO_TOPIC_ID ? null : topicId, errorCode, isInternal, partitions };
  });
  return { value: { brokers, topics }, throttleMs };
}

function decodePartition(reader: WireReader): { partition: number; leader: number } {
  reader.int16(); // error code: a missing leader says the same
  const partition = { partition: reader.int32(), leader: reader.int32() };
  reader.int32(); // leader epoch
  reader.compactArray(() => reader.int32()); // replicas
  reader.compactArray(() => reader.int32()); // in-sync replicas
  reader.compactArray(() => reader.int32()); // offline replicas
  reader.tags();
  return partition;
}

function decodeMetadataV6(payload: Buffer): { value: ClusterMetadata; throttleMs: number } {
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
    const head = { errorCode: reader.int16(), topic: reader.string(), topicId: null, isInternal: reader.int8() !== 0 };
    return { ...head, partitions: reader.array(() => decodePartitionV6(reader)) };
  });
  return { value: { brokers, topics }, throttleMs };
}

function decodePartitionV6(reader: WireReader): { partition: number; leader: number } {
  reader.int16(); // error code
  const partition = { partition: reader.int32(), leader: reader.int32() };
  reader.array(() => reader.int32()); // replicas
  reader.array(() => reader.int32()); // in-sync replicas
  reader.array(() => reader.int32()); // offline replicas
  return partition;
}
