import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords, recordBatches } from '@millrace/shared/kafka';
import { createEventWriter } from '../../../examples/nexmark/generator/event-writer.ts';
import { GENERATOR_DEFAULTS as generator } from '../../../examples/nexmark/generator/generator-options.ts';
import { eventBatches } from './event-batches.ts';

const EVENTS = 10_000;

/** What the threads write together, partition by partition. */
function valuesOf(partitions: number, threads: number): string[][] {
  const values: string[][] = Array.from({ length: partitions }, () => []);
  for (let thread = 0; thread < threads; thread++) {
    for (const { partition, batches } of eventBatches({ generator, events: EVENTS, partitions, threads, thread }, 0)) {
      for (const batch of batches.flatMap((set) => [...recordBatches(Buffer.from(set))])) {
        values[partition]!.push(...[...readRecords(batch)].map(({ value }) => String(value)));
      }
    }
  }
  return values;
}

test('threads write every event once, in order, and the same whatever their number', () => {
  const writer = createEventWriter(generator);
  const all = Array.from({ length: EVENTS }, (_, event) => writer.buffer.toString('latin1', 0, writer.write(event)));
  const parted = valuesOf(3, 2);
  assert.deepEqual(parted.flat().sort(), all.toSorted());
  for (const values of parted) assert.deepEqual(values.map(timeOf), values.map(timeOf).sort());
  assert.deepEqual(valuesOf(3, 1), parted);
  assert.deepEqual(valuesOf(1, 1)[0], all);
});

const timeOf = (line: string) => (JSON.parse(line) as { date_time: number }).date_time;
