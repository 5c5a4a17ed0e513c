import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStageOutputs, type TaskOutput } from '../../../driver/src/shuffle/stage-outputs.ts';
import { blockIn, resultWith } from './task-results.ts';

const made = (holder: string, name: string, slices: number[], inline = false): TaskOutput => ({
  result: resultWith(slices.map((slice) => blockIn('x', slice, { name: `${name}-${slice}`, holder, inline }))),
  blocks: [],
});
const namesOf = (blocks: readonly { name: string }[]) => blocks.map(({ name }) => name);

test('blocks of a slice come in task order, of the shuffles asked for', async () => {
  const outputs = createStageOutputs(2, async (index) => made('a', `task${index}`, index === 0 ? [0, 1] : [1]));
  assert.deepEqual(namesOf(await outputs.blocksOf(['x'], 1)), ['task0-1', 'task1-1']);
  assert.deepEqual(namesOf(await outputs.blocksOf(['x'], 0)), ['task0-0']);
  assert.deepEqual(await outputs.blocksOf(['y'], 0), []);
});

test('losing an executor makes its tasks again, and only those whose blocks it alone held', async () => {
  const runs: number[] = [];
  const outputs = createStageOutputs(4, async (index) => {
    if (index === 3) return { result: null, blocks: [] };
    const again = runs.filter((run) => run === index).length;
    runs.push(index);
    return made(index === 1 || again > 0 ? 'b' : 'a', `task${index}.${again}`, [0], index === 2);
  });
  await outputs.pinned();
  outputs.remake('a');
  assert.equal(outputs.settled(), null);
  assert.deepEqual(namesOf(await outputs.blocksOf(['x'], 0)), ['task0.1-0', 'task1.0-0', 'task2.0-0']);
  outputs.remake('a');
  await outputs.pinned();
  assert.equal(outputs.settled()?.length, 4);
  assert.deepEqual(runs, [0, 1, 2, 0]);
});

test('who waits for a task that is made again meanwhile gets what it makes then', async () => {
  const second = Promise.withResolvers<TaskOutput>();
  let runs = 0;
  const outputs = createStageOutputs(2, async (index) => {
    if (index === 1) return second.promise;
    runs += 1;
    return made('a', `first.${runs}`, [0]);
  });
  const waits = outputs.blocksOf(['x'], 0);
  await new Promise(setImmediate);
  outputs.remake('a');
  second.resolve(made('b', 'second', [0]));
  assert.deepEqual(namesOf(await waits), ['first.2-0', 'second-0']);
});

test('a task that fails for good fails whoever waits for it', async () => {
  const outputs = createStageOutputs(2, async (index) => {
    if (index === 1) throw new Error('broken');
    return made('a', 'x', [0]);
  });
  await assert.rejects(outputs.blocksOf(['x'], 0), /broken/);
});
