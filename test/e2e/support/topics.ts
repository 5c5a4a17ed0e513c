import { randomUUID } from 'node:crypto';
import { systemClock } from '@millrace/shared/clock';
import { createRecordBatchWriter, type KafkaClient } from '@millrace/shared/kafka';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { TopicRecord } from '../../../examples/demo/check/read-partition.ts';
import { readTopic as readRecords } from '../../../examples/demo/check/read-topic.ts';

/** Values of one partition each; bytes go as they are. */
export type PartitionValues = readonly (string | Buffer)[];

/** Transactions that are committed show some ms later; it is a busy machine. */
const MARKERS_WITHIN_MS = 10_000;
const RECORD_TIME_MS = Date.UTC(2026, 0, 1);
const BATCH_BYTES_MAX = 256 * 1024;

export async function createTopic(kafka: KafkaClient, partitions: number): Promise<string> {
  const topic = `e2e-${randomUUID()}`;
  await kafka.createTopics([{ topic, partitions, replicationFactor: 1 }]);
  return topic;
}

export async function produceValues(kafka: KafkaClient, topic: string, partitions: PartitionValues[]): Promise<void> {
  const batches = partitions.map((values, partition) => ({ topic, partition, batches: recordBatchesOf(values) }));
  await kafka.produce(
    batches.filter((partition) => partition.batches.length > 0),
    { acks: -1 },
  );
}

/** Without keys, ready to be produced. */
export function recordBatchesOf(values: PartitionValues): ArrayBuffer[] {
  const writer = createRecordBatchWriter({
    compression: 'zstd',
    bytesMax: BATCH_BYTES_MAX,
    headers: {},
    timestampMs: RECORD_TIME_MS,
  });
  for (const value of values) {
    const bytes = Buffer.from(value as string);
    writer.append(null, 0, 0, bytes, 0, bytes.length);
  }
  return writer.finish().batches;
}

/** Deletes the records below these offsets, by partition, as retention does. */
export async function deleteRecords(brokers: string[], topic: string, below: Record<number, number>): Promise<void> {
  await administer(brokers, async (admin) => {
    // kafkajs looks for leaders in metadata that only another call loads.
    await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = Object.entries(below).map(([partition, offset]) => ({
      partition: Number(partition),
      offset: String(offset),
    }));
    await admin.deleteTopicRecords({ topic, partitions });
  });
}

/** Partitions whose readers wait behind an open transaction; asked for again while there are some, for a while. */
export async function heldBack(kafka: KafkaClient, topics: readonly string[]): Promise<string[]> {
  const untilMs = systemClock.monotonic() + MARKERS_WITHIN_MS;
  for (;;) {
    const stable = new Map((await kafka.listOffsets(topics, 'latest')).map((at) => [nameOf(at), at.offset]));
    const ends = await kafka.listOffsets(topics, 'end');
    const held = ends.filter((at) => stable.get(nameOf(at))! < at.offset).map(nameOf);
    if (held.length === 0 || systemClock.monotonic() > untilMs) return held;
    await systemClock.delay(20);
  }
}

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

export async function addPartition(brokers: string[], topic: string): Promise<void> {
  await administer(brokers, async (admin) => {
    const [known] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
    await admin.createPartitions({ topicPartitions: [{ topic, count: known!.partitions.length + 1 }] });
  });
}

/** Another topic of the same name: it holds nothing. */
export async function recreateTopic(brokers: string[], topic: string, partitions: number): Promise<void> {
  await administer(brokers, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  });
}

async function administer(brokers: string[], work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await work(admin).finally(() => admin.disconnect());
}

/** Everything in the topic up to its present end, as a read_committed reader sees it, in order within each partition. */
export const readTopic = (kafka: KafkaClient, topic: string): Promise<TopicRecord[]> =>
  Array.fromAsync(readRecords(kafka, topic));

export type { TopicRecord };
