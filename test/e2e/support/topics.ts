import { randomUUID } from 'node:crypto';
import {
  batchHeaders,
  committedBatches,
  createRecordBatchWriter,
  type KafkaClient,
  readRecords,
} from '@millrace/shared/kafka';
import { type Admin, Kafka, logLevel } from 'kafkajs';

export type TopicRecord = { partition: number; offset: number; key: string | null; value: Buffer | null };

/** Values of one partition each; bytes go as they are. */
export type PartitionValues = readonly (string | Buffer)[];

const RECORD_TIME_MS = Date.UTC(2026, 0, 1);
const BATCH_BYTES_MAX = 256 * 1024;
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_WAIT_MAX_MS = 500;

export async function createTopic(kafka: KafkaClient, partitions: number): Promise<string> {
  const topic = `e2e-${randomUUID()}`;
  await kafka.createTopics([{ topic, partitions, replicationFactor: 1 }]);
  return topic;
}

export async function produceValues(kafka: KafkaClient, topic: string, partitions: PartitionValues[]): Promise<void> {
  const batches = partitions.map((values, partition) => {
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
    return { topic, partition, batches: writer.finish().batches };
  });
  await kafka.produce(
    batches.filter((partition) => partition.batches.length > 0),
    { acks: -1 },
  );
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

/** Everything in the topic up to its present end, in order within each partition. */
export async function readTopic(kafka: KafkaClient, topic: string): Promise<TopicRecord[]> {
  const ends = await kafka.listOffsets([topic], 'latest');
  const parts = await Promise.all(ends.map(({ partition, offset }) => readPartition(kafka, topic, partition, offset)));
  return parts.flat();
}

async function readPartition(kafka: KafkaClient, topic: string, partition: number, end: number) {
  const records: TopicRecord[] = [];
  const limits = { waitMaxMs: FETCH_WAIT_MAX_MS, bytesMin: 1, bytesMax: FETCH_BYTES_MAX };
  for (let offset = 0; offset < end; ) {
    const [fetched] = await kafka.fetch([{ topic, partition, offset, bytesMax: FETCH_BYTES_MAX }], limits);
    const { records: set, abortedTransactions } = fetched!;
    for (const batch of committedBatches([set], abortedTransactions, { from: offset, until: end })) {
      for (const record of readRecords(batch)) {
        if (record.offset < offset) continue;
        records.push({ partition, ...record, key: record.key?.toString() ?? null });
      }
    }
    for (const header of batchHeaders(set)) offset = Math.max(offset, header.lastOffset + 1);
  }
  return records;
}
