import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, TaskResult } from '@millrace/proto';
import { createMapOutputs } from '../../../driver/src/shuffle/map-outputs.ts';

function result(incarnation: string, name: string, slices: number[], inline = false): TaskResult {
  const blocks = slices.map(
    (slice): Block => ({
      ...{ stage: '', taskIndex: 0, slice, name: `${name}-${slice}`, incarnation, address: '' },
      ...{ bytes: 1, rows: 1, crc32: 0, inline: Buffer.alloc(inline ? 1 : 0) },
    }),
  );
  return { blocks, eventTimes: [], counts: null, outputs: [], state: [], operators: [], timings: [] };
}

test('blocks of a slice come in task order', async () => {
  const outputs = createMapOutputs('s0', 2, async (index) => result('a', `task${index}`, index === 0 ? [0, 1] : [1]));
  assert.deepEqual(
    (await outputs.blocksOf(1)).map(({ name }) => name),
    ['task0-1', 'task1-1'],
  );
  assert.deepEqual(
    (await outputs.blocksOf(0)).map(({ stage, name }) => `${stage}:${name}`),
    ['s0:task0-0'],
  );
});

test('losing an executor makes its tasks again, and only those whose blocks it alone held', async () => {
  const runs: number[] = [];
  const outputs = createMapOutputs('s0', 3, async (index) => {
    const again = runs.filter((run) => run === index).length;
    runs.push(index);
    return result(index === 1 || again > 0 ? 'b' : 'a', `task${index}.${again}`, [0], index === 2);
  });
  await outputs.results();
  outputs.remake('a');
  assert.deepEqual(
    (await outputs.blocksOf(0)).map(({ name }) => name),
    ['task0.1-0', 'task1.0-0', 'task2.0-0'],
  );
  outputs.remake('a');
  await outputs.results();
  assert.deepEqual(runs, [0, 1, 2, 0]);
});

test('a task that fails for good fails whoever waits for it', async () => {
  const outputs = createMapOutputs('s0', 2, async (index) => {
    if (index === 1) throw new Error('broken');
    return result('a', 'x', [0]);
  });
  await assert.rejects(outputs.blocksOf(0), /broken/);
});
