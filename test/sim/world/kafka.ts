import type { KafkaClient, PartitionOffset } from '@millrace/shared/kafka';
import { BATCH, LENGTH_OVERHEAD, MAGIC_V2 } from '@millrace/shared/kafka';
import type { Network } from './network.ts';
import { createOutputTopic, type OutputTopic } from './output-topic.ts';
import type { Dice } from './random.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { HEALTHY, type ServerLink, type SharedServer } from './server-link.ts';
import { createTransactionCoordinator } from './transaction-coordinator.ts';

/** What a producer wrote: a key, a number to add up, and when it happened. */
export type SourceRecord = { key: string; value: number; eventMs: number };
export type StoredRecord = SourceRecord & { offset: number };
type Partition = { records: StoredRecord[]; batches: Buffer[]; end: number };

/** The brokers: topics to read from, and the one that the job writes. */
export type SimulatedKafka = {
  server: SharedServer;
  createTopic(topic: string, partitions: number): void;
  addPartition(topic: string): void;
  partitions(topic: string): readonly Partition[];
  /** Each record takes `stride` offsets, as after compaction: few records then make batches that are planned as large. */
  append(topic: string, partition: number, record: SourceRecord, stride: number): void;
  /** What stands in the topic that the job writes. */
  output: Pick<OutputTopic, 'rows'>;
  expireTransactions(): void;
  clientOf(process: Process, link: ServerLink): KafkaClient;
};

/** Records that a broker sends at once, so that reading a range takes several requests now and then. */
const FETCH_RECORDS_MAX = 16;

export function createSimulatedKafka(scheduler: Scheduler, network: Network, dice: Dice): SimulatedKafka {
  const topics = new Map<string, Partition[]>();
  /** Offsets that groups have committed: of one partition, more is not asked for. */
  const groups = new Map<string, number>();
  const coordinator = createTransactionCoordinator(scheduler, dice);
  const output = createOutputTopic(coordinator);
  /** Long polls that wait for records. */
  const waiting = new Set<() => void>();
  const emptyPartition = (): Partition => ({ records: [], batches: [], end: 0 });
  const topicOf = (topic: string) => topics.get(topic)!;

  function latest(topic: string): PartitionOffset[] {
    return topicOf(topic).map(({ end }, partition) => ({ topic, partition, offset: end }));
  }

  function fetchOne({ topic, partition, offset }: PartitionOffset) {
    const { records, batches, end } = topicOf(topic)[partition]!;
    // The batch that covers the offset comes first, though it begins before it.
    const first = Math.max(
      0,
      records.findLastIndex((record) => record.offset <= offset),
    );
    const bytes = offset >= end ? Buffer.alloc(0) : Buffer.concat(batches.slice(first, first + FETCH_RECORDS_MAX));
    const bounds = { errorCode: 0, highWatermark: end, lastStableOffset: end, logStartOffset: 0 };
    return { topic, partition, ...bounds, abortedTransactions: [], records: bytes };
  }

  function waitForRecords(process: Process): KafkaClient['waitForRecords'] {
    const arrived = (positions: readonly PartitionOffset[]) =>
      positions.filter(({ topic, partition, offset }) => topicOf(topic)[partition]!.end > offset);
    return async (positions, { waitMaxMs, signal }) => {
      const poll = Promise.withResolvers<void>();
      const over = scheduler.after(waitMaxMs, process, 'poll over', poll.resolve);
      const abort = () => poll.reject(signal?.reason);
      const look = () => {
        if (arrived(positions).length > 0) network.send('kafka', process.host, process, 'poll answered', poll.resolve);
      };
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      waiting.add(look);
      look();
      try {
        await poll.promise;
        return [];
      } finally {
        over();
        waiting.delete(look);
        signal?.removeEventListener('abort', abort);
      }
    };
  }

  return {
    server: { host: 'kafka', unavailable: 'KAFKA_UNAVAILABLE', health: { ...HEALTHY } },
    createTopic: (topic, count) => void topics.set(topic, Array.from({ length: count }, emptyPartition)),
    addPartition: (topic) => void topicOf(topic).push(emptyPartition()),
    partitions: topicOf,
    append(topic, partition, record, stride) {
      const log = topicOf(topic)[partition]!;
      const stored = { ...record, offset: log.end };
      log.records.push(stored);
      log.batches.push(batchOf(stored, stride));
      log.end += stride;
      for (const look of [...waiting]) look();
    },
    output,
    expireTransactions: coordinator.expireAll,
    clientOf(process, link) {
      const written = output.clientOf(link);
      return {
        fetch: (wants, limits) =>
          topics.has(wants[0]!.topic)
            ? link.ask('fetch', async () => wants.map(fetchOne))
            : written.fetch(wants, limits),
        listOffsets: (names, at) =>
          link.ask('listOffsets', async () =>
            names.flatMap(latest).map((position) => (at === 'latest' ? position : { ...position, offset: 0 })),
          ),
        waitForRecords: waitForRecords(process),
        partitions: (names) =>
          link.ask('metadata', async () => new Map(names.map((name) => [name, topics.get(name)?.length ?? 1]))),
        produce: written.produce,
        commitOffsets: (group, [noted]) => link.ask('commitOffsets', async () => void groups.set(group, noted!.offset)),
        committedOffset: (group) => link.ask('committedOffset', async () => groups.get(group) ?? null),
        topicIds: (names) => link.ask('metadata', async () => new Map(names.map((name) => [name, `id of ${name}`]))),
        topicNames: () => link.ask('metadata', async () => [...topics.keys()]),
        createTopics: notSimulated('createTopics'),
        transactions: coordinator.clientOf(link),
        close: () => {},
      };
    },
  };
}

/** What no simulated job does. */
const notSimulated = (what: string) => async () => {
  throw new Error(`the simulated Kafka knows no ${what}`);
};

/** A record batch as executors look into it: a whole header, and the record as JSON in the place of the records. */
function batchOf(record: StoredRecord, stride: number): Buffer {
  const payload = Buffer.from(JSON.stringify(record));
  const batch = Buffer.alloc(BATCH.records + payload.length);
  batch.writeBigInt64BE(BigInt(record.offset), BATCH.baseOffset);
  batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, BATCH.length);
  batch.writeInt8(MAGIC_V2, BATCH.magic);
  batch.writeInt32BE(stride - 1, BATCH.lastOffsetDelta);
  batch.writeInt32BE(1, BATCH.recordCount);
  payload.copy(batch, BATCH.records);
  return batch;
}

/** The records of a record set that begin within `[from, until)`. */
export function recordsWithin(set: Uint8Array, from: number, until: number): StoredRecord[] {
  const bytes = Buffer.from(set.buffer, set.byteOffset, set.byteLength);
  const records: StoredRecord[] = [];
  for (let at = 0; at < bytes.length; at += LENGTH_OVERHEAD + bytes.readInt32BE(at + BATCH.length)) {
    const offset = Number(bytes.readBigInt64BE(at + BATCH.baseOffset));
    const end = at + LENGTH_OVERHEAD + bytes.readInt32BE(at + BATCH.length);
    if (offset >= from && offset < until) {
      records.push(JSON.parse(bytes.toString('utf8', at + BATCH.records, end)) as StoredRecord);
    }
  }
  return records;
}
