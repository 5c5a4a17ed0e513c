import { createRecordBatchWriter } from '@millrace/shared/kafka';
import { createEventWriter } from '../../../examples/nexmark/generator/event-writer.ts';
import type { FillTask } from './fill-task.ts';

/** Of events that come to about 240 kB, a batch as a producer with a generous batch.size makes them. */
const EVENTS_PER_STRETCH = 750;
const BATCH_BYTES = 512 * 1024;

type Share = Pick<FillTask, 'generator' | 'events' | 'partitions' | 'threads' | 'thread'>;

/** The record batches of a thread's partitions, in the order of the stream. `timestampMs`: of the records. */
export function* eventBatches(
  { generator, events, partitions, threads, thread }: Share,
  timestampMs: number,
): Generator<{ partition: number; batches: ArrayBuffer[] }> {
  const event = createEventWriter(generator);
  const writer = createRecordBatchWriter({ compression: 'none', bytesMax: BATCH_BYTES, headers: {}, timestampMs });
  for (let stretch = 0; stretch * EVENTS_PER_STRETCH < events; stretch++) {
    const partition = stretch % partitions;
    if (partition % threads !== thread) continue;
    const end = Math.min(events, (stretch + 1) * EVENTS_PER_STRETCH);
    for (let index = stretch * EVENTS_PER_STRETCH; index < end; index++) {
      writer.append(null, 0, 0, event.buffer, 0, event.write(index));
    }
    yield { partition, batches: writer.finish().batches };
  }
}
