import { MillraceError } from '../errors/index.ts';
import type { BrokerAddress, BrokerConnections } from './broker-connections.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { type ClusterMetadata, metadataRequest } from './metadata-message.ts';

/** What is known of a partition's whereabouts, from the last metadata. */
export type Leader = { kind: 'node'; nodeId: number } | { kind: 'none' } | { kind: 'unknownPartition' };

/** Kafka's brokers and who leads what, cached until an answer shows it to be stale. */
export type Cluster = {
  leaderOf(topic: string, partition: number): Leader;
  /** Partitions of a topic as of the last refresh that named it; null: not known. */
  partitionCount(topic: string): number | null;
  /** As of that refresh as well; null: not known, or brokers older than 2.8. */
  topicId(topic: string): string | null;
  /** Asks for these topics (null: all) and remembers the answer. KAFKA_UNAVAILABLE when no broker answers. */
  refresh(topics: readonly string[] | null, signal?: AbortSignal): Promise<ClusterMetadata>;
  /** To a broker by its node id, or to any (null). Errors as BrokerConnections.send. */
  send<Response>(nodeId: number | null, request: KafkaRequest<Response>, signal?: AbortSignal): Promise<Response>;
};

export function createCluster(seeds: readonly BrokerAddress[], connections: BrokerConnections): Cluster {
  let brokers = new Map<number, BrokerAddress>();
  const leaders = new Map<string, Map<number, number>>();
  const topicIds = new Map<string, string | null>();
  /** The broker that answered last is asked first. */
  let favourite: BrokerAddress | null = null;

  async function sendToAny<Response>(request: KafkaRequest<Response>, signal?: AbortSignal): Promise<Response> {
    let failure: unknown;
    for (const address of distinct([...(favourite ? [favourite] : []), ...brokers.values(), ...seeds])) {
      try {
        const response = await connections.send(address, request, signal);
        favourite = address;
        return response;
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'KAFKA_UNAVAILABLE') throw error;
        failure = error;
      }
    }
    throw failure;
  }

  function remember(metadata: ClusterMetadata): void {
    brokers = new Map(metadata.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    for (const { topic, topicId, errorCode, partitions } of metadata.topics) {
      topicIds.set(topic, topicId);
      if (errorCode === 0) leaders.set(topic, new Map(partitions.map(({ partition, leader }) => [partition, leader])));
      else leaders.delete(topic);
    }
  }

  return {
    leaderOf(topic, partition) {
      const nodeId = leaders.get(topic)?.get(partition);
      if (nodeId === undefined) return { kind: 'unknownPartition' };
      return brokers.has(nodeId) ? { kind: 'node', nodeId } : { kind: 'none' };
    },
    topicId: (topic) => topicIds.get(topic) ?? null,
    partitionCount: (topic) => leaders.get(topic)?.size ?? null,
    async refresh(topics, signal) {
      const metadata = await sendToAny(metadataRequest(topics), signal);
      remember(metadata);
      return metadata;
    },
    async send(nodeId, request, signal) {
      if (nodeId === null) return await sendToAny(request, signal);
      const address = brokers.get(nodeId);
      if (address === undefined) throw new MillraceError('KAFKA_UNAVAILABLE', `Kafka broker ${nodeId} is gone.`);
      return await connections.send(address, request, signal);
    },
  };
}

function distinct(addresses: readonly BrokerAddress[]): BrokerAddress[] {
  return [...new Map(addresses.map((address) => [`${address.host}:${address.port}`, address])).values()];
}
