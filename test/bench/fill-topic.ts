import { createRecordBatchWriter, type KafkaClient } from '@millrace/shared/kafka';
import { createPaymentWriter, EVENT_TIME_START_MS, eventTimeMs } from './payments.ts';

export const PARTITIONS = 4;

/** As a producer with a generous batch.size makes them. Bytes. */
const BATCH_BYTES = 256 * 1024;
/** Of one partition in one call: few round trips, and little memory. */
const BATCHES_PER_CALL = 8;

export type PaymentTopic = {
  topic: string;
  records: number;
  /** How many records make a second of event time: 100 k is dense, 10 k sparse. */
  recordsPerSecond: number;
};

/**
 * Makes a topic of payments, the same bytes every time. Batches go around the partitions, so that event time advances in all
 * of them alike. A topic that already has the records (of an earlier run on the same Kafka) stays as it is.
 */
export async function fillTopic(kafka: KafkaClient, { topic, records, recordsPerSecond }: PaymentTopic): Promise<void> {
  await kafka.createTopics([{ topic, partitions: PARTITIONS }]);
  const present = (await kafka.listOffsets([topic], 'latest')).reduce((sum, { offset }) => sum + offset, 0);
  if (present >= records) return;
  const batches = paymentBatches(records, recordsPerSecond);
  let writing: Promise<unknown> = Promise.resolve();
  for (let next = takeCall(batches); next.length > 0; next = takeCall(batches)) {
    await writing; // one call is on its way while the next is made
    writing = kafka.produce(
      next.map((partitionBatches, partition) => ({ topic, partition, batches: partitionBatches })),
      { acks: 1 },
    );
  }
  await writing;
}

function takeCall(batches: Generator<ArrayBuffer>): ArrayBuffer[][] {
  const call: ArrayBuffer[][] = [];
  for (let taken = 0; taken < PARTITIONS * BATCHES_PER_CALL; taken++) {
    const { value, done } = batches.next();
    if (done) break;
    const partition = taken % PARTITIONS;
    call[partition] ??= [];
    call[partition].push(value);
  }
  return call;
}

function* paymentBatches(records: number, recordsPerSecond: number): Generator<ArrayBuffer> {
  const payment = createPaymentWriter();
  const writer = createRecordBatchWriter({
    compression: 'none',
    bytesMax: BATCH_BYTES,
    headers: {},
    timestampMs: EVENT_TIME_START_MS,
  });
  // The writer keeps finished batches until it is asked: ask about as often as it has one.
  const perBatch = Math.floor(BATCH_BYTES / (payment.bytes + 16));
  for (let index = 0; index < records; index++) {
    payment.write(index, eventTimeMs(index, recordsPerSecond));
    writer.append(null, 0, 0, payment.buffer, 0, payment.bytes);
    if ((index + 1) % perBatch === 0) yield* writer.finish().batches;
  }
  yield* writer.finish().batches;
}
