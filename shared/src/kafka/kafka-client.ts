import type { Clock } from '../clock/index.ts';
import { MillraceError } from '../errors/index.ts';
import type { KafkaConnection } from '../spec/job-spec.ts';
import { createArrivalWatch, type WaitForRecords } from './arrival-watch.ts';
import { type BrokerAddress, createBrokerConnections } from './broker-connections.ts';
import type { LeaderLoop } from './by-leader.ts';
import type { TopicPartition } from './by-topic.ts';
import { createCluster } from './cluster.ts';
import { commitOffsets, committedOffset } from './commit-offsets.ts';
import { createCoordinators } from './coordinators.ts';
import type { NewTopic } from './create-topics-message.ts';
import { fetchPartitions } from './fetch.ts';
import type { FetchedPartition, FetchLimits, FetchWant } from './fetch-message.ts';
import type { KafkaLog } from './kafkajs-internals.ts';
import { listOffsets, type OffsetsAt, type PartitionOffset } from './list-offsets.ts';
import type { GroupOffset } from './offset-commit-message.ts';
import { type PartitionBatches, type ProduceOptions, producePartitions, type WrittenPartition } from './produce.ts';
import { createTopics, partitionCounts, topicNames } from './topics.ts';
import { createKafkaTransactions, type KafkaTransactions } from './transactions/kafka-transactions.ts';

export type KafkaClientOptions = {
  clientId: string;
  clock: Clock;
  /** Takes what kafkajs has to say about connections; silent unless given. */
  log?: KafkaLog;
  connectTimeoutMs?: number;
  requestTimeoutMs?: number;
};

/**
 * Raw access to one Kafka cluster, read_committed. Every request has a connection of its own while it lasts, so a long
 * poll delays nobody; connections are reused. All methods may run side by side. Errors of all: KAFKA_UNAVAILABLE after
 * some seconds of retries, KAFKA_REFUSED for credentials, rights and versions, TOPIC_UNKNOWN; the signal's reason at
 * once when aborted.
 */
export type KafkaClient = {
  /**
   * Record batches of partitions, each at most once in `wants` and in their order, all leaders asked in parallel; limits
   * are per leader. `records` is a view over the whole response: copy it to transfer it. With nothing to read it is
   * empty; a first batch begins at or before the offset wanted, and the last may be cut off.
   * OFFSETS_GONE carries topic, partition, offset and logStartOffset.
   */
  fetch(wants: readonly FetchWant[], limits: FetchLimits & { signal?: AbortSignal }): Promise<FetchedPartition[]>;
  /** Offsets of all partitions of the topics, one request per leader; how many there are is cached for a while. */
  listOffsets(topics: readonly string[], at: OffsetsAt, signal?: AbortSignal): Promise<PartitionOffset[]>;
  /** See WaitForRecords. OFFSETS_GONE as fetch. */
  waitForRecords: WaitForRecords;
  /** Number of partitions of each topic, asked for anew. TOPIC_UNKNOWN names all missing ones and near names. */
  partitions(topics: readonly string[], signal?: AbortSignal): Promise<Map<string, number>>;
  /** Ids of topics, as old as the number of their partitions; null where brokers tell none. A topic made anew has another one. */
  topicIds(topics: readonly string[], signal?: AbortSignal): Promise<Map<string, string | null>>;
  /** All topics but Kafka's own, sorted. */
  topicNames(signal?: AbortSignal): Promise<string[]>;
  /** Resolves when all partitions have leaders. Topics that exist stay as they are. */
  createTopics(topics: readonly NewTopic[], signal?: AbortSignal): Promise<void>;
  /** At least once, in order per partition. RECORD_TOO_LARGE when a batch exceeds the topic's max.message.bytes. */
  produce(
    batches: readonly PartitionBatches[],
    options: ProduceOptions & { signal?: AbortSignal },
  ): Promise<WrittenPartition[]>;
  transactions: KafkaTransactions;
  /**
   * Notes offsets under a consumer group without members, for Kafka's own tools to see. KAFKA_REFUSED also for a group
   * that consumers have joined.
   */
  commitOffsets(group: string, offsets: readonly GroupOffset[], signal?: AbortSignal): Promise<void>;
  /** Null: the group has none there, or had one that Kafka has let expire. */
  committedOffset(group: string, at: TopicPartition, signal?: AbortSignal): Promise<number | null>;
  /** Drops all connections at once; what is in flight and whatever is asked later is CANCELLED. */
  close(): void;
};

/** Dead hosts are given up quickly, the next broker may answer. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;
const PORT_DEFAULT = 9092;
/** New partitions of a topic, and a topic made anew, are noticed after this. A thousand partitions take 50 kB to tell. */
const PARTITION_COUNT_AGE_MAX_MS = 5_000;

/** Connects and proves it by asking for metadata. KAFKA_UNAVAILABLE, KAFKA_REFUSED, INVALID_CONFIG. */
export async function connectKafka(connection: KafkaConnection, options: KafkaClientOptions): Promise<KafkaClient> {
  const { clock } = options;
  const connections = createBrokerConnections({
    connection,
    clientId: options.clientId,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    log: options.log ?? (() => {}),
  });
  const cluster = createCluster(connection.brokers.map(parseAddress), connections);
  const loop = (signal: AbortSignal | undefined): LeaderLoop => ({ cluster, clock, signal });
  const coordinators = createCoordinators(cluster, clock);
  const countedAt = new Map<string, number>();

  async function cachedCount(topics: readonly string[], signal: AbortSignal | undefined): Promise<Map<string, number>> {
    const fresh = (topic: string): boolean =>
      clock.monotonic() - (countedAt.get(topic) ?? Number.NEGATIVE_INFINITY) < PARTITION_COUNT_AGE_MAX_MS;
    const stale = topics.filter((topic) => !fresh(topic) || cluster.partitionCount(topic) === null);
    if (stale.length > 0) {
      await partitionCounts(stale, loop(signal));
      for (const topic of stale) countedAt.set(topic, clock.monotonic());
    }
    return new Map(topics.map((topic) => [topic, cluster.partitionCount(topic) ?? 0]));
  }

  try {
    await cluster.refresh([]);
  } catch (error) {
    connections.close();
    throw error;
  }
  return {
    fetch: (wants, { signal, ...limits }) => fetchPartitions(wants, limits, loop(signal)),
    async listOffsets(topics, at, signal) {
      const counts = await cachedCount(topics, signal);
      const items = [...counts].flatMap(([topic, count]) =>
        Array.from({ length: count }, (_, partition) => ({ topic, partition })),
      );
      return await listOffsets(items, at, loop(signal));
    },
    waitForRecords: createArrivalWatch(cluster, clock),
    partitions: (topics, signal) => partitionCounts(topics, loop(signal)),
    async topicIds(topics, signal) {
      await cachedCount(topics, signal);
      return new Map(topics.map((topic) => [topic, cluster.topicId(topic)]));
    },
    topicNames: (signal) => topicNames(loop(signal)),
    createTopics: (topics, signal) => createTopics(topics, loop(signal)),
    produce: (batches, { signal, ...options }) => producePartitions(batches, options, loop(signal)),
    transactions: createKafkaTransactions(cluster, coordinators),
    commitOffsets: (group, offsets, signal) => commitOffsets(group, offsets, coordinators, signal),
    committedOffset: (group, at, signal) => committedOffset(group, at, coordinators, signal),
    close: () => connections.close(),
  };
}

/** `host`, `host:port` or `[ipv6]:port`. */
function parseAddress(text: string): BrokerAddress {
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(text.trim());
  const host = match?.groups?.ipv6 ?? match?.groups?.host;
  if (!host)
    throw new MillraceError('INVALID_CONFIG', `"${text}" is not a broker address.`, { hint: 'Write host:port.' });
  return { host, port: Number(match?.groups?.port ?? PORT_DEFAULT) };
}
