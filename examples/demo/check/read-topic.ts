import { systemClock } from '@millrace/shared/clock';
import type { KafkaClient, PartitionOffset } from '@millrace/shared/kafka';
import { readPartition, type TopicRecord } from './read-partition.ts';

/** Between looks at a partition whose last transaction is committed and does not show yet, which takes some ms. */
const SETTLE_POLL_MS = 20;
const SETTLE_MAX_MS = 30_000;

/**
 * Everything in the topic up to its present end, partition by partition, as any read_committed consumer sees it. Transactions
 * that are open when it begins are waited for.
 */
export async function* readTopic(kafka: KafkaClient, topic: string): AsyncGenerator<TopicRecord> {
  for (const { partition, offset: until } of await settledEnds(kafka, topic)) {
    yield* readPartition(kafka, { topic, partition }, { from: 0, until });
  }
}

/** Where the partitions end now, once no transaction is open before that. */
async function settledEnds(kafka: KafkaClient, topic: string): Promise<PartitionOffset[]> {
  const ends = await kafka.listOffsets([topic], 'end');
  const giveUpMs = systemClock.monotonic() + SETTLE_MAX_MS;
  for (;;) {
    const stable = await kafka.listOffsets([topic], 'latest');
    const open = stable.find(({ offset }, index) => offset < ends[index]!.offset);
    if (!open) return ends;
    if (systemClock.monotonic() > giveUpMs) {
      throw new Error(`a transaction stays open in partition ${open.partition} of ${topic} from offset ${open.offset}`);
    }
    await systemClock.delay(SETTLE_POLL_MS);
  }
}
