import { createRecordBatchWriter, type KafkaClient } from '@millrace/shared/kafka';
import { PARTITIONS } from '../fill-topic.ts';
import { EVENT_TIME_START_MS } from '../payments.ts';

const BATCH_BYTES = 256 * 1024;
/** Records that are made before they are sent: a few hundred milliseconds' work. */
const RECORDS_PER_CALL = 200_000;

/** The record of a number, as JSON. */
export type RecordOf = (index: number) => string;

/** Writes records `from` to `until`, spread over the partitions; resolves when Kafka has them all. */
export async function produceRecords(
  kafka: KafkaClient,
  topic: string,
  recordOf: RecordOf,
  range: { from: number; until: number },
): Promise<void> {
  let writing: Promise<unknown> = Promise.resolve();
  for (let start = range.from; start < range.until; start += RECORDS_PER_CALL) {
    const until = Math.min(range.until, start + RECORDS_PER_CALL);
    const requests = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      batches: batchesOf(recordOf, start + partition, until),
    }));
    await writing; // one call is on its way while the next is made
    writing = kafka.produce(requests, { acks: 1 });
  }
  await writing;
}

/** Every PARTITIONS-th record from `start` on. */
function batchesOf(recordOf: RecordOf, start: number, until: number): ArrayBuffer[] {
  const writer = createRecordBatchWriter({
    compression: 'none',
    bytesMax: BATCH_BYTES,
    headers: {},
    timestampMs: EVENT_TIME_START_MS,
  });
  for (let index = start; index < until; index += PARTITIONS) {
    const record = Buffer.from(recordOf(index));
    writer.append(null, 0, 0, record, 0, record.length);
  }
  return writer.finish().batches;
}
