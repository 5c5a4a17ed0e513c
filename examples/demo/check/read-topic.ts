import { systemClock } from '@millrace/shared/clock';
import type { KafkaClient } from '@millrace/shared/kafka';
import { readPartition, type TopicRecord } from './read-partition.ts';

/** Between looks at a partition whose last transaction is committed and does not show yet, which takes some ms. */
const SETTLE_POLL_MS = 20;
const SETTLE_MAX_MS = 30_000;

/**
 * Everything in the topic up to its present end, partition by partition, as any read_committed consumer sees it. Transactions
 * that are open when it begins are waited for.
 */
export async function* readTopic(kafka: KafkaClient, topic: string): AsyncGenerator<TopicRecord> {
  for (const { partition, offset: stable } of await kafka.listOffsets([topic], 'latest')) {
    const until = await settledEnd(kafka, topic, partition, stable);
    yield* readPartition(kafka, { topic, partition }, { from: 0, until });
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
