import { BATCH, batchHeaders, type KafkaClient } from '@millrace/shared/kafka';
import type { PreparedTransaction } from './prepared-transaction.ts';
import { outputGone } from './transaction-outcome.ts';

export type TransactionBatches = { partition: number; batches: Buffer[] }[];

/** Bytes of one fetch; one batch more than that comes whole. */
const FETCH_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The batches that an aborted transaction left in the log, by partition, as copies. Aborted records stay where they were
 * written until retention or compaction takes them; BLOB_LOST when it has.
 */
export async function readTransaction(
  topic: string,
  { identity, begins, records }: PreparedTransaction,
  kafka: Pick<KafkaClient, 'fetch'>,
): Promise<TransactionBatches> {
  const found = await Promise.all(
    begins.map(async ({ partition, offset }) => ({
      partition,
      batches: await readPartition({ topic, partition, offset }, identity.producerId, identity.producerEpoch, kafka),
    })),
  );
  const count = found
    .flatMap(({ batches }) => batches)
    .reduce((sum, batch) => sum + batch.readInt32BE(BATCH.recordCount), 0);
  if (count !== records) throw outputGone(topic, begins[0]!.partition, begins[0]!.offset);
  return found;
}

async function readPartition(
  begin: { topic: string; partition: number; offset: number },
  producerId: bigint,
  producerEpoch: number,
  kafka: Pick<KafkaClient, 'fetch'>,
): Promise<Buffer[]> {
  const batches: Buffer[] = [];
  for (let next = begin.offset; ; ) {
    const want = { ...begin, offset: next, bytesMax: FETCH_BYTES_MAX };
    const limits = { waitMaxMs: 0, bytesMin: 0, bytesMax: FETCH_BYTES_MAX, uncommitted: true };
    const [fetched] = await kafka.fetch([want], limits);
    const { records } = fetched!;
    const from = next;
    for (const header of batchHeaders(records)) {
      next = header.lastOffset + 1;
      if (header.producerId !== producerId || header.baseOffset < begin.offset) continue;
      // Its marker: nothing of it comes behind.
      if (header.isControl) return batches;
      const batch = Buffer.from(records.subarray(header.start, header.end));
      if (batch.readInt16BE(BATCH.producerEpoch) === producerEpoch) batches.push(batch);
    }
    if (next === from) return batches;
  }
}
