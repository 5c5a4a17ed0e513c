import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange } from '@millrace/shared/store';
import { rehearsalOf } from '../poison/rehearsal.ts';
import { createStageOutputs } from '../shuffle/stage-outputs.ts';
import type { BatchRun } from './batch-run.ts';
import { mayRunTwice } from './may-run-twice.ts';
import type { PlacedState } from './placement.ts';
import { runTask } from './run-task.ts';
import type { RunningStage } from './running-stage.ts';
import { shuffleTarget } from './shuffle-target.ts';
import { sourceInput } from './source-input.ts';

/** Starts a task for every piece of the ranges of the stage's source. */
export function startSourceStage(
  run: BatchRun,
  stage: Stage,
  tasks: readonly LoggedRange[][],
  placed: PlacedState,
): RunningStage {
  const { job, intent } = run;
  const shuffle = shuffleTarget(stage, placed);
  const pace = run.beginStage(stage.id, tasks.length);
  const restoreBytes = mayRunTwice(job.spec, [stage]) ? 0 : null;
  const outputs = createStageOutputs(tasks.length, async (index) => {
    const ranges = tasks[index]!;
    const result = await runTask(
      job,
      {
        ...{ batchId: intent.batchId, stage: stage.id, index, home: null, pace, restoreBytes, ranges },
        ...run.attemptsOf(stage.id, index),
        rehearsal: rehearsalOf(run, stage, index, ranges),
        input: async () => ({ ...sourceInput(run, ranges), shuffle }),
        blocksLost: () => {},
      },
      run.signal,
    );
    return { result, blocks: [] };
  });
  return { stage, outputs, feeds: [] };
}
