import { batchHeaders, committedBatches, type KafkaClient, readRecords } from '@millrace/shared/kafka';

export type TopicRecord = { partition: number; offset: number; key: string | null; value: Buffer | null };

const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_WAIT_MAX_MS = 500;

/** Committed records with offsets in `[from, until)`, of which `until` must lie within what is stable. */
export async function* readPartition(
  kafka: KafkaClient,
  { topic, partition }: { topic: string; partition: number },
  { from, until }: { from: number; until: number },
): AsyncGenerator<TopicRecord> {
  const limits = { waitMaxMs: FETCH_WAIT_MAX_MS, bytesMin: 1, bytesMax: FETCH_BYTES_MAX };
  for (let offset = from; offset < until; ) {
    const [fetched] = await kafka.fetch([{ topic, partition, offset, bytesMax: FETCH_BYTES_MAX }], limits);
    const { records: set, abortedTransactions } = fetched!;
    for (const batch of committedBatches([set], abortedTransactions, { from: offset, until })) {
      for (const { offset: at, key, value } of readRecords(batch)) {
        if (at < offset || at >= until) continue;
        yield { partition, offset: at, key: key?.toString() ?? null, value };
      }
    }
    for (const header of batchHeaders(set)) offset = Math.max(offset, header.lastOffset + 1);
  }
}
