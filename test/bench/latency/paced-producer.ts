// A process of its own: writes payments at a steady pace until it is killed. Event time is the moment before a send.
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, createRecordBatchWriter } from '@millrace/shared/kafka';
import { createPaymentWriter } from '../payments.ts';
import type { LatencyProcess } from './messages.ts';

const { connection, topic, recordsPerSecond } = JSON.parse(process.argv[2]!) as LatencyProcess;
const PARTITIONS = 4;
const BATCH_BYTES_MAX = 900_000;
const SEND_EVERY_MS = 5;
/** Behind the pace by so much, sends get larger rather than more. */
const SENDS_IN_FLIGHT_MAX = 4;

const kafka = await connectKafka(connection, { clientId: 'bench-producer', clock: systemClock });
const payment = createPaymentWriter();
const startedMs = systemClock.monotonic();
let sent = 0;
let inFlight = 0;

function batches(count: number): ArrayBuffer[][] {
  const timestampMs = systemClock.now();
  const writers = Array.from({ length: PARTITIONS }, () =>
    createRecordBatchWriter({ compression: 'none', bytesMax: BATCH_BYTES_MAX, headers: {}, timestampMs }),
  );
  for (let i = 0; i < count; i++) {
    const index = sent + i;
    payment.write(index, timestampMs);
    writers[index % PARTITIONS]!.append(null, 0, 0, payment.buffer, 0, payment.bytes);
  }
  return writers.map((writer) => writer.finish().batches);
}

function sendDue(): void {
  const due = Math.floor(((systemClock.monotonic() - startedMs) * recordsPerSecond) / 1_000) - sent;
  if (due <= 0 || inFlight >= SENDS_IN_FLIGHT_MAX) return;
  const made = batches(due).map((partitionBatches, partition) => ({ topic, partition, batches: partitionBatches }));
  sent += due;
  inFlight += 1;
  void kafka.produce(made, { acks: 1 }).finally(() => {
    inFlight -= 1;
  });
}

setInterval(sendDue, SEND_EVERY_MS);
process.on('disconnect', () => process.exit(0));
