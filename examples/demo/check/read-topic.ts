import { systemClock } from '@millrace/shared/clock';
import { batchHeaders, committedBatches, type KafkaClient, readRecords } from '@millrace/shared/kafka';

export type TopicRecord = { partition: number; offset: number; key: string | null; value: Buffer | null };

const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_WAIT_MAX_MS = 500;
/** Between looks at a partition whose last transaction is committed and does not show yet, which takes some ms. */
const SETTLE_POLL_MS = 20;
const SETTLE_MAX_MS = 30_000;

/**
 * Everything in the topic up to its present end, partition by partition, as any read_committed consumer sees it. Transactions
 * that are open when it begins are waited for.
 */
export async function* readTopic(kafka: KafkaClient, topic: string): AsyncGenerator<TopicRecord> {
  for (const { partition, offset: stable } of await kafka.listOffsets([topic], 'latest')) {
    yield* readPartition(kafka, topic, partition, await settledEnd(kafka, topic, partition, stable));
  }
}

/** The end of the partition, once no transaction is open before it. */
async function settledEnd(kafka: KafkaClient, topic: string, partition: number, stable: number): Promise<number> {
  const limits = { waitMaxMs: 0, bytesMin: 0, bytesMax: 1 };
  const giveUpMs = systemClock.monotonic() + SETTLE_MAX_MS;
  for (;;) {
    const [fetched] = await kafka.fetch([{ topic, partition, offset: stable, bytesMax: 1 }], limits);
    const { lastStableOffset, highWatermark } = fetched!;
    if (lastStableOffset >= highWatermark) return lastStableOffset;
    if (systemClock.monotonic() > giveUpMs) {
      throw new Error(`a transaction stays open in partition ${partition} of ${topic} from offset ${lastStableOffset}`);
    }
    await systemClock.delay(SETTLE_POLL_MS);
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
        yield { partition, offset: at, key: key?.toString() ?? null, value };
      }
    }
    for (const header of batchHeaders(set)) offset = Math.max(offset, header.lastOffset + 1);
  }
}
