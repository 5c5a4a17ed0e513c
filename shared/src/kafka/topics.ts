import { MillraceError } from '../errors/index.ts';
import { nearest } from '../spec/did-you-mean.ts';
import type { LeaderLoop } from './by-leader.ts';
import { createTopicsRequest, type NewTopic } from './create-topics-message.ts';
import type { ClusterMetadata } from './metadata-message.ts';
import { backoffMs, RETRY_SPAN_MAX_MS } from './retry-limits.ts';

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const INVALID_TOPIC = 17;
const TOPIC_ALREADY_EXISTS = 36;
const TOPIC_AUTHORIZATION_FAILED = 29;

/** Names of all topics but Kafka's own, sorted. */
export async function topicNames({ cluster, signal }: LeaderLoop): Promise<string[]> {
  const { topics } = await cluster.refresh(null, signal);
  return topics
    .filter((topic) => topic.errorCode === 0 && !topic.isInternal)
    .map(({ topic }) => topic)
    .sort();
}

/** Number of partitions of each topic, asked for anew. TOPIC_UNKNOWN names all that are missing, and near names. */
export async function partitionCounts(topics: readonly string[], loop: LeaderLoop): Promise<Map<string, number>> {
  const metadata = await loop.cluster.refresh(topics, loop.signal);
  refuseUnauthorized(metadata);
  const missing = metadata.topics.filter(
    ({ errorCode }) => errorCode === UNKNOWN_TOPIC_OR_PARTITION || errorCode === INVALID_TOPIC,
  );
  if (missing.length > 0)
    throw topicsUnknown(
      missing.map(({ topic }) => topic),
      await topicNames(loop),
    );
  return new Map(metadata.topics.map(({ topic, partitions }) => [topic, partitions.length]));
}

function refuseUnauthorized({ topics }: ClusterMetadata): void {
  const refused = topics.filter(({ errorCode }) => errorCode === TOPIC_AUTHORIZATION_FAILED).map(({ topic }) => topic);
  if (refused.length === 0) return;
  throw new MillraceError('KAFKA_REFUSED', `Kafka lets this user not see ${refused.join(', ')}.`, {
    hint: 'Give the user the right to describe and read the topic.',
    details: { topics: refused },
  });
}

function topicsUnknown(missing: readonly string[], existing: readonly string[]): MillraceError {
  const near = [...new Set(missing.flatMap((name) => nearest(name, existing) ?? []))];
  const message =
    missing.length === 1 ? `There is no topic ${missing[0]}.` : `There are no topics ${missing.join(', ')}.`;
  return new MillraceError('TOPIC_UNKNOWN', message, {
    hint:
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Create the topic first, or check the broker addresses.',
    details: { topics: missing, near },
  });
}

/** Creates topics and waits until all their partitions have leaders. Those that exist stay as they are. */
export async function createTopics(topics: readonly NewTopic[], loop: LeaderLoop): Promise<void> {
  const created = await loop.cluster.send(null, createTopicsRequest(topics), loop.signal);
  const failed = created.find(({ errorCode }) => errorCode !== 0 && errorCode !== TOPIC_ALREADY_EXISTS);
  if (failed !== undefined) {
    const { topic, errorCode: kafkaError, message } = failed;
    throw new MillraceError(
      'KAFKA_REFUSED',
      `Kafka does not create topic ${topic}: ${message || `error ${kafkaError}`}`,
      {
        details: { topic, kafkaError },
      },
    );
  }
  const names = topics.map(({ topic }) => topic);
  const startedMs = loop.clock.monotonic();
  for (let retry = 1; !hasLeaders(await loop.cluster.refresh(names, loop.signal)); retry++) {
    if (loop.clock.monotonic() - startedMs > RETRY_SPAN_MAX_MS) {
      throw new MillraceError('KAFKA_UNAVAILABLE', `Partitions of ${names.join(', ')} have no leader yet.`, {
        details: { topics: names },
      });
    }
    await loop.clock.delay(backoffMs(retry), loop.signal);
  }
}

function hasLeaders({ topics }: ClusterMetadata): boolean {
  return topics.every(({ errorCode, partitions }) => errorCode === 0 && partitions.every(({ leader }) => leader >= 0));
}
