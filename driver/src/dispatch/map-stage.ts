import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange } from '@millrace/shared/store';
import { rehearsalOf } from '../poison/rehearsal.ts';
import { createMapOutputs, type MapOutputs } from '../shuffle/map-outputs.ts';
import type { BatchRun } from './batch-run.ts';
import { mayRunTwice } from './may-run-twice.ts';
import type { PlacedState } from './placement.ts';
import { runTask } from './run-task.ts';
import { sourceInput } from './source-input.ts';

/** Starts a task for every piece of the batch's ranges. Their results are pinned and, when lost, made again. */
export function startMapStage(
  run: BatchRun,
  stage: Stage,
  tasks: readonly LoggedRange[][],
  { slices, sliceOfPartition }: PlacedState,
): MapOutputs {
  const { job, intent } = run;
  const shuffle =
    stage.output.kind === 'shuffle'
      ? { sliceOfPartition, sliceIncarnations: slices.map((slice) => slice.incarnation) }
      : null;
  const pace = run.beginStage(stage.id, tasks.length);
  const restoreBytes = mayRunTwice(job.spec, [stage]) ? 0 : null;
  const outputs: MapOutputs = createMapOutputs(stage.id, tasks.length, (index) =>
    runTask(
      job,
      {
        batchId: intent.batchId,
        stage: stage.id,
        index,
        home: null,
        ...{ pace, restoreBytes },
        ...run.attemptsOf(stage.id, index),
        ranges: tasks[index]!,
        rehearsal: rehearsalOf(run, stage, index, tasks[index]!),
        input: async () => ({ ...sourceInput(run, tasks[index]!), shuffle }),
        blocksLost: (incarnation) => outputs.remake(incarnation),
      },
      run.signal,
    ),
  );
  return outputs;
}
