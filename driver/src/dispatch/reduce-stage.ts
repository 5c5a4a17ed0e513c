import type { Block, OperatorStats } from '@millrace/proto';
import { outputsOf, type Stage, shufflesReadBy } from '@millrace/shared/plan';
import { forgetsMore } from '../planning/state-ttl.ts';
import { createStageOutputs } from '../shuffle/stage-outputs.ts';
import type { BatchRun } from './batch-run.ts';
import { mayRunTwice } from './may-run-twice.ts';
import type { PlacedState } from './placement.ts';
import { type RunningStage, remakeLost } from './running-stage.ts';
import { shuffleTarget } from './shuffle-target.ts';
import { mustRun } from './slice-decision.ts';
import { runSlice } from './slice-task.ts';

/**
 * Starts a task for every slice, where its state lives. It waits for all stages that feed this one, and does nothing when it
 * has no rows to take in and time to act on. `known`: statistics of the slices so far.
 */
export function startReduceStage(
  run: BatchRun,
  stage: Stage,
  placed: PlacedState,
  feeds: readonly RunningStage[],
  known: readonly OperatorStats[][],
): RunningStage {
  const { slices } = placed;
  const shuffles = shufflesReadBy(stage);
  const shuffle = shuffleTarget(stage, placed);
  const pace = run.beginStage(stage.id, slices.length);
  const twice = mayRunTwice(run.job.spec, [stage]);
  const gather = async (slice: number): Promise<Block[]> =>
    (await Promise.all(feeds.map(({ outputs }) => outputs.blocksOf(shuffles, slice)))).flat();
  const { watermarkMs, ranges, stateTtl } = run.intent;
  const forgets = forgetsMore(stateTtl, run.state.stateTtl);
  const modes = outputsOf(run.job.plan).map(({ mode }) => mode);
  const outputs = createStageOutputs(slices.length, async (index) => {
    let blocks = await gather(index);
    const facts = { hasBlocks: blocks.length > 0, stats: known[index] ?? [], watermarkMs, forgets, modes };
    if (!mustRun(stage, facts)) return { result: null, blocks };
    const input = async () => {
      blocks = await gather(index);
      return { batch: run.batch, blocks, shuffle };
    };
    const result = await runSlice(run, [stage], slices[index]!, {
      ...{ pace, twice, ranges, rehearsal: null, input },
      blocksLost: (incarnation) => remakeLost(feeds, incarnation),
    });
    return { result, blocks };
  });
  return { stage, outputs, feeds };
}
