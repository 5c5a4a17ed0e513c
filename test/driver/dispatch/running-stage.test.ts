import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feedsOf, type RunningStage, remakeLost, settle } from '../../../driver/src/dispatch/running-stage.ts';
import { createStageOutputs } from '../../../driver/src/shuffle/stage-outputs.ts';
import { spreadOfTotals } from '../../executor/lanes/graph-plan.ts';
import { blockIn, resultWith } from '../shuffle/task-results.ts';

/**
 * Starts all stages of the plan, one task each, on the executor that `holderOf` names. `runs` grows: the stage, and the
 * blocks that its task was given.
 */
function start(holderOf: (stage: string, run: number) => string) {
  const runs: [string, string[]][] = [];
  const running: RunningStage[] = [];
  for (const stage of spreadOfTotals().stages) {
    const { id } = stage;
    const feeds = feedsOf(stage, running);
    const outputs = createStageOutputs(1, async () => {
      const shuffles = stage.inputs.flatMap((input) => (input.kind === 'shuffle' ? input.shuffles : []));
      const blocks = (await Promise.all(feeds.map((feed) => feed.outputs.blocksOf(shuffles, 0)))).flat();
      const run = runs.filter(([other]) => other === id).length;
      runs.push([id, blocks.map(({ name }) => name)]);
      const holder = holderOf(id, run);
      const made = stage.outputs.flatMap((output) =>
        output.kind === 'shuffle' ? [blockIn(output.id, 0, { name: `${id}.${run}`, holder, stage: id })] : [],
      );
      return { result: resultWith(made), blocks };
    });
    running.push({ stage, outputs, feeds });
  }
  return { running, runs };
}

test('a stage begins when all are done that feed it', async () => {
  const { running, runs } = start(() => 'a');
  assert.deepEqual(
    running.map(({ feeds }) => feeds.map(({ stage }) => stage.id)),
    [[], [], ['s0', 's1'], ['s2']],
  );
  assert.equal((await settle(running)).length, 4);
  assert.deepEqual(runs, [
    ['s0', []],
    ['s1', []],
    ['s2', ['s0.0', 's1.0']],
    ['s3', ['s2.0']],
  ]);
});

test('a lost executor has its blocks made again in all stages upstream, and what rests on them with state as well', async () => {
  const { running, runs } = start((stage, run) => (run === 0 && stage !== 's1' ? 'lost' : 'kept'));
  await settle(running);
  remakeLost(running[3]!.feeds, 'lost');
  const outputs = await settle(running);
  assert.deepEqual(runs.slice(4), [
    ['s0', []],
    ['s2', ['s0.1', 's1.0']],
    ['s3', ['s2.1']],
  ]);
  assert.deepEqual(
    outputs.at(-1)![0]!.blocks.map(({ name }) => name),
    ['s2.1'],
  );
});

test('what was made of the same records again counts as the same', async () => {
  const { running, runs } = start((stage, run) => (run === 0 && stage === 's0' ? 'lost' : 'kept'));
  await settle(running);
  remakeLost(running[2]!.feeds, 'lost');
  await settle(running);
  assert.deepEqual(runs.slice(4), [['s0', []]]);
});
