// A thread that fills its share of a topic's partitions with events.
import { workerData } from 'node:worker_threads';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import { eventBatches } from './event-batches.ts';
import type { FillTask } from './fill-task.ts';

/** Of one partition in one call: few round trips, and little memory. */
const BATCHES_PER_CALL = 8;

const task = workerData as FillTask;
const connection = { brokers: [...task.brokers], ssl: false, sasl: null };
const kafka = await connectKafka(connection, { clientId: `nexmark-fill-${task.thread}`, clock: systemClock });

let calls: Map<number, ArrayBuffer[]> = new Map();
let taken = 0;
let writing: Promise<unknown> = Promise.resolve();

async function send(): Promise<void> {
  const { topic } = task;
  const parts = [...calls].map(([partition, batches]) => ({ topic, partition, batches }));
  calls = new Map();
  taken = 0;
  await writing; // one call is on its way while the next is made
  writing = parts.length > 0 ? kafka.produce(parts, { acks: 1 }) : Promise.resolve();
}

try {
  for (const { partition, batches } of eventBatches(task, systemClock.now())) {
    const queued = calls.get(partition) ?? [];
    queued.push(...batches);
    calls.set(partition, queued);
    taken += batches.length;
    if (taken >= BATCHES_PER_CALL * Math.ceil(task.partitions / task.threads)) await send();
  }
  await send();
  await writing;
} finally {
  kafka.close();
}
