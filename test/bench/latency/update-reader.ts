// A process of its own: reads the updates as any consumer would, and notes how old each one's latest event is by then.
import { systemClock } from '@millrace/shared/clock';
import { batchHeaders, committedBatches, connectKafka, readRecords } from '@millrace/shared/kafka';
import type { LatencyProcess, LatencySamples } from './messages.ts';

const { connection, topic } = JSON.parse(process.argv[2]!) as LatencyProcess;
const FETCH_WAIT_MS = 500;
const FETCH_BYTES = 8 * 1024 * 1024;

const kafka = await connectKafka(connection, { clientId: 'bench-reader', clock: systemClock });
const positions = new Map((await kafka.listOffsets([topic], 'latest')).map((at) => [at.partition, at.offset]));
let latenciesMs: number[] = [];

process.on('message', (message: 'begin' | 'end') => {
  if (message === 'begin') latenciesMs = [];
  else process.send!({ latenciesMs } satisfies LatencySamples, () => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');

const limits = { waitMaxMs: FETCH_WAIT_MS, bytesMin: 1, bytesMax: FETCH_BYTES };
for (;;) {
  const wants = [...positions].map(([partition, offset]) => ({ topic, partition, offset, bytesMax: FETCH_BYTES }));
  for (const { partition, records, abortedTransactions } of await kafka.fetch(wants, limits)) {
    const readMs = systemClock.now();
    const position = positions.get(partition)!;
    for (const batch of committedBatches(records, abortedTransactions)) {
      for (const { offset, value } of readRecords(batch)) {
        if (offset < position || value === null) continue;
        const { last } = JSON.parse(value.toString()) as { last: number };
        latenciesMs.push(readMs - last);
      }
    }
    for (const { lastOffset } of batchHeaders(records)) positions.set(partition, lastOffset + 1);
  }
}
