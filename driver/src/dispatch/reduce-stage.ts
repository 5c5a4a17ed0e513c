import type { OperatorStats, TaskInput, TaskResult } from '@millrace/proto';
import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange, StateBlobRecord } from '@millrace/shared/store';
import { blobsOf, snapshotDue } from '../commit/state-manifest.ts';
import { rehearsalOf } from '../poison/rehearsal.ts';
import type { MapOutputs } from '../shuffle/map-outputs.ts';
import type { BatchRun } from './batch-run.ts';
import { mayRunTwice } from './may-run-twice.ts';
import type { PlacedSlice, Placement } from './placement.ts';
import { runTask } from './run-task.ts';
import { sourceInput } from './source-input.ts';
import type { TaskPlan } from './task-plan.ts';

/** `result` is null where the slice had nothing to do. */
export type SliceOutcome = { result: TaskResult | null; stats: OperatorStats[] | null };

/** Runs a task for every slice that has rows to take in or time to act on, where its state lives. */
export async function runReduceStage(
  run: BatchRun,
  stage: Stage,
  placement: Placement,
  slices: readonly PlacedSlice[],
  maps: MapOutputs,
): Promise<SliceOutcome[]> {
  const known = samePlacement(placement, run.state.placement) ? run.state.sliceStats : [];
  const pace = run.beginStage(stage.id, slices.length);
  const twice = mayRunTwice(run.job.spec, [stage]);
  const firstBlocks = await Promise.all(slices.map((slice) => maps.blocksOf(slice.index)));
  return Promise.all(
    slices.map(async (slice): Promise<SliceOutcome> => {
      const stats = known[slice.index] ?? null;
      const blocks = firstBlocks[slice.index] ?? [];
      if (stats !== null && blocks.length === 0 && !mustRun(run, stats)) return { result: null, stats };
      const result = await runSlice(run, stage, slice, {
        ...{ pace, twice, ranges: run.intent.ranges, rehearsal: null },
        input: async () => ({ blocks: await maps.blocksOf(slice.index) }),
        blocksLost: maps.remake,
      });
      return { result, stats: result.operators };
    }),
  );
}

/** A slice without input still has to run when time closes some of its rows or the whole result is asked for. */
function mustRun({ job, intent }: BatchRun, stats: readonly OperatorStats[]): boolean {
  if (job.plan.output.mode === 'complete') return true;
  const { watermarkMs } = intent;
  return stats.some(
    ({ nextExpiryMs }) => nextExpiryMs !== undefined && watermarkMs !== null && nextExpiryMs <= watermarkMs,
  );
}

/**
 * Runs a batch of one map task and one slice as one task, from the records to the output, where the state lives: nothing is
 * shuffled, and one round trip is saved.
 */
export function runWholeBatch(
  run: BatchRun,
  stage: Stage,
  slice: PlacedSlice,
  ranges: readonly LoggedRange[],
): Promise<TaskResult> {
  const { stages } = run.job.plan;
  return runSlice(run, stage, slice, {
    pace: run.beginStage(stage.id, 1),
    twice: mayRunTwice(run.job.spec, stages),
    ranges,
    rehearsal: rehearsalOf(run, stages[0]!, 0, ranges),
    input: async () => sourceInput(run, ranges),
    blocksLost: () => {},
  });
}

type SliceInput = Pick<TaskPlan, 'pace' | 'ranges' | 'rehearsal' | 'blocksLost'> & {
  /** Two attempts may run at once. */
  twice: boolean;
  input(): Promise<Pick<TaskInput, 'ranges' | 'poison' | 'blocks'>>;
};

function runSlice(run: BatchRun, stage: Stage, slice: PlacedSlice, from: SliceInput): Promise<TaskResult> {
  const { job, state, intent } = run;
  const blobs = blobsOf(state.manifest, slice.partitions);
  const sliceOnWire = {
    index: slice.index,
    partitions: slice.partitions,
    state: blobs.map((blob) => (servesAll(blob, slice) ? { ...blob, partitions: [] } : blob)),
    snapshot: snapshotDue(blobs, slice.index),
  };
  return runTask(
    job,
    {
      batchId: intent.batchId,
      stage: stage.id,
      index: slice.index,
      home: slice,
      pace: from.pace,
      restoreBytes: from.twice ? blobs.reduce((sum, { bytes }) => sum + bytes, 0) : null,
      ...run.attemptsOf(stage.id, slice.index),
      input: async () => ({ batch: run.batch, ...(await from.input()), slice: sliceOnWire }),
      ...{ ranges: from.ranges, rehearsal: from.rehearsal, blocksLost: from.blocksLost },
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

function samePlacement(a: Placement, b: Placement | null): boolean {
  return (
    b !== null &&
    a.length === b.length &&
    a.every((home, partition) => home.incarnation === b[partition]!.incarnation && home.lane === b[partition]!.lane)
  );
}
