import type { TaskResult } from '@millrace/proto';
import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange, StateBlobRecord } from '@millrace/shared/store';
import { blobsOf, snapshotDue } from '../commit/state-manifest.ts';
import { rehearsalOf } from '../poison/rehearsal.ts';
import type { BatchRun } from './batch-run.ts';
import { mayRunTwice } from './may-run-twice.ts';
import type { PlacedSlice } from './placement.ts';
import { runTask } from './run-task.ts';
import { sourceInput } from './source-input.ts';
import type { TaskPlan } from './task-plan.ts';

/**
 * Runs a batch of one source task and one slice as one task, from the records to the output, where the state lives: nothing is
 * shuffled, and round trips are saved.
 */
export function runWholeBatch(
  run: BatchRun,
  slice: PlacedSlice,
  source: Stage,
  ranges: readonly LoggedRange[],
): Promise<TaskResult> {
  const { stages } = run.job.plan;
  return runSlice(run, stages, slice, {
    pace: run.beginStage(stages.at(-1)!.id, 1),
    twice: mayRunTwice(run.job.spec, stages),
    ranges,
    rehearsal: rehearsalOf(run, source, 0, ranges),
    input: async () => sourceInput(run, ranges),
    blocksLost: () => {},
  });
}

export type SliceInput = Pick<TaskPlan, 'pace' | 'ranges' | 'rehearsal' | 'blocksLost' | 'input'> & {
  /** Two attempts may run at once. */
  twice: boolean;
};

/** Runs these stages for one slice, as a task of the last of them, on the state that the last commit left. */
export function runSlice(
  run: BatchRun,
  stages: readonly Stage[],
  slice: PlacedSlice,
  { twice, input, ...from }: SliceInput,
): Promise<TaskResult> {
  const { job, state, intent } = run;
  const stage = stages.at(-1)!.id;
  const operators = new Set(stages.flatMap((one) => one.operators.map(({ id }) => id)));
  const blobs = blobsOf(state.manifest, slice.partitions).filter(({ operatorId }) => operators.has(operatorId));
  const sliceOnWire = {
    index: slice.index,
    partitions: slice.partitions,
    state: blobs.map((blob) => (servesAll(blob, slice) ? { ...blob, partitions: [] } : blob)),
    snapshot: snapshotDue(blobs, slice.index),
  };
  return runTask(
    job,
    {
      ...{ batchId: intent.batchId, stage, index: slice.index, home: slice },
      restoreBytes: twice ? blobs.reduce((sum, { bytes }) => sum + bytes, 0) : null,
      ...run.attemptsOf(stage, slice.index),
      input: async () => ({ ...(await input()), slice: sliceOnWire }),
      ...from,
    },
    run.signal,
  );
}

/** The blobs of many batches are named to every task: what they have in common goes without saying. */
function servesAll({ partitions }: StateBlobRecord, slice: PlacedSlice): boolean {
  return (
    partitions.length === slice.partitions.length && partitions.every((one, index) => one === slice.partitions[index])
  );
}
