import { batchHeaders, committedBatches, type KafkaClient, readRecords } from '@millrace/shared/kafka';

export type TopicRecord = { partition: number; offset: number; key: string | null; value: string | null };

const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_WAIT_MAX_MS = 500;

/** Everything in the topic up to its present end, partition by partition, as any read_committed consumer sees it. */
export async function* readTopic(kafka: KafkaClient, topic: string): AsyncGenerator<TopicRecord> {
  for (const { partition, offset: end } of await kafka.listOffsets([topic], 'latest')) {
    yield* readPartition(kafka, topic, partition, end);
  }
}

async function* readPartition(
  kafka: KafkaClient,
  topic: string,
  partition: number,
  end: number,
): AsyncGenerator<TopicRecord> {
  const limits = { waitMaxMs: FETCH_WAIT_MAX_MS, bytesMin: 1, bytesMax: FETCH_BYTES_MAX };
  for (let offset = 0; offset < end; ) {
    const [fetched] = await kafka.fetch([{ topic, partition, offset, bytesMax: FETCH_BYTES_MAX }], limits);
    const { records: set, abortedTransactions } = fetched!;
    for (const batch of committedBatches([set], abortedTransactions, { from: offset, until: end })) {
      for (const { offset: at, key, value } of readRecords(batch)) {
        if (at < offset || at >= end) continue;
        yield { partition, offset: at, key: key?.toString() ?? null, value: value?.toString() ?? null };
      }
    }
    for (const header of batchHeaders(set)) offset = Math.max(offset, header.lastOffset + 1);
  }
}
