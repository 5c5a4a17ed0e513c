import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { GeneratorOptions } from '../../../examples/nexmark/generator/generator-options.ts';
import type { NexmarkContext } from '../nexmark-context.ts';
import type { FillTask } from './fill-task.ts';

export type EventTopic = { topic: string; events: number };

/**
 * A topic with the first `events` events of a stream. They go around the partitions a stretch at a time, so that event time
 * advances in all of them alike. One that has them already (of an earlier run on the same Kafka) stays as it is.
 */
export async function fillEventTopic(
  { kafka, kafkaServer, options, say }: NexmarkContext,
  generator: GeneratorOptions,
  events: number,
): Promise<EventTopic> {
  const { partitions } = options;
  const digest = createHash('sha256')
    .update(JSON.stringify([generator, partitions]))
    .digest('hex');
  const topic = `nexmark-${events}-${digest.slice(0, 8)}`;
  await kafka.createTopics([{ topic, partitions }]);
  const present = (await kafka.listOffsets([topic], 'latest')).reduce((sum, { offset }) => sum + offset, 0);
  if (present >= events) return { topic, events };
  say(`${events.toLocaleString('en')} events into topic ${topic}`);
  const threads = Math.min(availableParallelism(), partitions);
  const task = { brokers: kafkaServer.brokers, topic, generator, events, partitions, threads };
  await Promise.all(Array.from({ length: threads }, (_, thread) => runThread({ ...task, thread })));
  return { topic, events };
}

/** Rejects with what the thread threw. */
async function runThread(task: FillTask): Promise<void> {
  const worker = new Worker(new URL('./fill-worker.ts', import.meta.url), { workerData: task });
  await once(worker, 'exit');
}
