import type { TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import {
  batchHeaders,
  committedBatches,
  connectKafka,
  createRecordBatchWriter,
  type FetchedPartition,
  type KafkaClient,
  readRecords,
  type WriteCodec,
} from '@millrace/shared/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { sharedServers } from '../../servers/index.ts';

let topics = 0;

/** A client of the shared Kafka and a topic of its own. The client is closed after the test. */
export async function kafkaUnderTest(
  t: TestContext,
  options: { partitions?: number; config?: Record<string, string> } = {},
) {
  const { kafkaBrokers } = await sharedServers();
  const kafka = await clientOf(t, kafkaBrokers);
  const topic = `raw-kafka-${process.pid}-${Date.now()}-${topics++}`;
  await kafka.createTopics([{ topic, partitions: options.partitions ?? 1, config: options.config ?? {} }]);
  return { kafka, topic, brokers: kafkaBrokers };
}

export async function clientOf(t: TestContext, brokers: string[]): Promise<KafkaClient> {
  const kafka = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => kafka.close());
  return kafka;
}

/** kafkajs as the independent second opinion. */
export function kafkajsOf(brokers: string[]): Kafka {
  return new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20, retries: 20 } });
}

export function writeValues(values: readonly string[], compression: WriteCodec = 'none'): ArrayBuffer[] {
  const writer = createRecordBatchWriter({
    compression,
    bytesMax: 1_000_000,
    headers: {},
    timestampMs: 1_700_000_000_000,
  });
  for (const value of values) {
    const bytes = Buffer.from(value);
    writer.append(null, 0, 0, bytes, 0, bytes.length);
  }
  return writer.finish().batches;
}

/** Everything that can be read of one partition from `offset`, fetched in steps of `bytesMax`. */
export async function readValues(
  kafka: KafkaClient,
  topic: string,
  partition = 0,
  offset = 0,
  bytesMax = 1 << 20,
): Promise<string[]> {
  const sets: Buffer[] = [];
  const aborted: FetchedPartition['abortedTransactions'] = [];
  for (let next = offset; ; ) {
    const fetched = await fetchOne(kafka, topic, partition, next, bytesMax);
    sets.push(fetched.records);
    aborted.push(...fetched.abortedTransactions);
    const end = endOffset(fetched.records);
    if (end === null) break;
    next = end;
  }
  const bounds = { from: offset, until: Number.POSITIVE_INFINITY };
  return [...committedBatches(sets, aborted, bounds)].flatMap((batch) =>
    [...readRecords(batch)].map(({ value }) => String(value)),
  );
}

export async function fetchOne(
  kafka: KafkaClient,
  topic: string,
  partition: number,
  offset: number,
  bytesMax: number,
): Promise<FetchedPartition> {
  const limits = { waitMaxMs: 0, bytesMin: 1, bytesMax };
  const [fetched] = await kafka.fetch([{ topic, partition, offset, bytesMax }], limits);
  return fetched!;
}

function endOffset(set: Buffer): number | null {
  let end: number | null = null;
  for (const header of batchHeaders(set)) end = header.lastOffset + 1;
  return end;
}
