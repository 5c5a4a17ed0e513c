import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { batchHeaders, type KafkaClient } from '@millrace/shared/kafka';
import type { PreparedTransaction } from './prepared-transaction.ts';

/** The markers of a transaction that the coordinator has ended are written within ms, or when leaders are back. */
const MARKER_POLL_MS = 20;
const MARKER_WAIT_MAX_MS = 30_000;
/** The first batch comes whole, whatever the bound. */
const FIRST_BATCH_ONLY_BYTES = 1;

/**
 * What became of a transaction that its coordinator does not know as open any more. The log of any partition it wrote to tells:
 * Kafka reports the first offset of every aborted transaction, and what is below the last stable offset and not reported is
 * committed. SINK_UNAVAILABLE while the markers are not written, BLOB_LOST when its records are gone from the topic.
 */
export async function transactionOutcome(
  topic: string,
  { identity, begins }: PreparedTransaction,
  { kafka, clock }: { kafka: Pick<KafkaClient, 'fetch'>; clock: Clock },
): Promise<'committed' | 'aborted'> {
  const { partition, offset } = begins[0]!;
  const { producerId } = identity;
  const want = { topic, partition, offset, bytesMax: FIRST_BATCH_ONLY_BYTES };
  const startedMs = clock.monotonic();
  for (;;) {
    const [fetched] = await kafka.fetch([want], { waitMaxMs: 0, bytesMin: 0, bytesMax: FIRST_BATCH_ONLY_BYTES });
    const { lastStableOffset, abortedTransactions, records } = fetched!;
    if (abortedTransactions.some((one) => one.producerId === producerId && one.firstOffset === offset))
      return 'aborted';
    if (lastStableOffset > offset) {
      for (const header of batchHeaders(records)) {
        if (header.baseOffset === offset && header.producerId === producerId) return 'committed';
      }
      throw outputGone(topic, partition, offset);
    }
    if (clock.monotonic() - startedMs > MARKER_WAIT_MAX_MS) throw stillOpen(topic, partition, offset);
    await clock.delay(MARKER_POLL_MS);
  }
}

export function outputGone(topic: string, partition: number, offset: number): MillraceError {
  return new MillraceError(
    'BLOB_LOST',
    `committed output is gone from partition ${partition} of topic ${topic}, offset ${offset}, before it was known to be visible`,
    {
      hint: 'its transaction expired and retention or compaction took the records: delete the job and compute it anew into a topic that keeps records longer',
      details: { topic, partition, offset },
    },
  );
}

function stillOpen(topic: string, partition: number, offset: number): MillraceError {
  const message = `the transaction at offset ${offset} of partition ${partition} of topic ${topic} has not been ended yet`;
  return new MillraceError('SINK_UNAVAILABLE', message, { details: { topic, partition, offset } });
}
