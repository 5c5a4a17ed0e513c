import {
  createRecordBatchWriter,
  type KafkaClient,
  partitionOfKey,
  type RecordBatchWriter,
} from '@millrace/shared/kafka';
import type { Payment } from './payment-generator.ts';

/** Kafka's default for one batch is 1 MB. */
const BATCH_BYTES_MAX = 500_000;

/** Sends payments, each to the partition of its user, and resolves when all in-sync replicas have them. */
export async function sendPayments(
  kafka: Pick<KafkaClient, 'produce'>,
  to: { topic: string; partitions: number },
  payments: readonly Payment[],
  nowMs: number,
): Promise<void> {
  const writers = new Map<number, RecordBatchWriter>();
  const writerOf = (partition: number) => {
    const known = writers.get(partition);
    if (known) return known;
    const options = { compression: 'none', bytesMax: BATCH_BYTES_MAX, headers: {}, timestampMs: nowMs } as const;
    const writer = createRecordBatchWriter(options);
    writers.set(partition, writer);
    return writer;
  };
  for (const payment of payments) {
    const key = Buffer.from(payment.user);
    const value = Buffer.from(JSON.stringify(payment));
    const partition = partitionOfKey(key, 0, key.length, to.partitions);
    writerOf(partition).append(key, 0, key.length, value, 0, value.length);
  }
  const batches = [...writers].map(([partition, writer]) => {
    return { topic: to.topic, partition, batches: writer.finish().batches };
  });
  if (batches.length > 0) await kafka.produce(batches, { acks: -1 });
}
