import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { committedBatches, connectKafka, createRecordBatchWriter, readRecords } from '@millrace/shared/kafka';
import { sharedServers } from '../../servers/index.ts';

const FETCH_BYTES = 1_000_000;
/** A reader waits so long for what should be there. */
const VISIBLE_WITHIN_MS = 10_000;

/** A topic of two partitions to write to, and a read_committed look at it. */
export async function startSinkTopic(t: TestContext) {
  const { kafkaBrokers: brokers } = await sharedServers();
  const client = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => client.close());
  const topic = `sink-${randomUUID()}`;
  await client.createTopics([{ topic, partitions: 2, replicationFactor: 1 }]);
  const spec = { topic, keyColumns: ['k'], headers: {}, compression: 'none' as const };
  const encode = async (...texts: string[]) => {
    // Of now: where timestamps leap, Kafka begins a new segment, and a fetch does not reach beyond one.
    const timestampMs = systemClock.now();
    const writer = createRecordBatchWriter({ compression: 'none', bytesMax: 1_000, headers: {}, timestampMs });
    for (const text of texts) writer.append(null, 0, 0, Buffer.from(text), 0, Buffer.byteLength(text));
    const { batches, records, bytes } = writer.finish();
    return { kind: 'recordBatches' as const, rows: records, bytes, partitions: [{ partition: 1, batches, records }] };
  };
  const look = async () => {
    const wants = [0, 1].map((partition) => ({ topic, partition, offset: 0, bytesMax: FETCH_BYTES }));
    const fetched = await client.fetch(wants, { waitMaxMs: 0, bytesMin: 0, bytesMax: FETCH_BYTES });
    return fetched.flatMap(({ records, abortedTransactions }) =>
      [...committedBatches(records, abortedTransactions)].flatMap((batch) =>
        [...readRecords(batch)].map(({ value }) => String(value)),
      ),
    );
  };
  /** A transaction shows some ms after it was committed. */
  const visible = async (atLeast = 0) => {
    const untilMs = systemClock.monotonic() + VISIBLE_WITHIN_MS;
    for (;;) {
      const texts = await look();
      if (texts.length >= atLeast || systemClock.monotonic() > untilMs) return texts;
      await systemClock.delay(5);
    }
  };
  return { client, topic, spec, encode, visible };
}
