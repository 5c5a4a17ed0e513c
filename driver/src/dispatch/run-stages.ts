import type { OperatorStats, TaskResult } from '@millrace/proto';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { splitIntoTasks } from '../planning/split-ranges.ts';
import type { BatchTimer } from '../progress/batch-phases.ts';
import type { BatchRun } from './batch-run.ts';
import { startMapStage } from './map-stage.ts';
import { lanesForState, NO_STATE, type Placement, placePartitions, slicesOf } from './placement.ts';
import { runReduceStage, runWholeBatch, type SliceOutcome } from './reduce-stage.ts';

export type StagesResult = {
  results: TaskResult[];
  placement: Placement | null;
  sliceStats: (OperatorStats[] | null)[];
  tasks: number;
  attempts: number;
  /** Of `attempts`: those of tasks that straggled. */
  secondAttempts: number;
  slowestTasksMs: Map<string, number>;
};

/**
 * Runs the stages of one batch: map over the ranges, then, where the plan has state, reduce over the slices. A small batch is
 * one task that does both.
 */
export async function runStages(run: BatchRun, { timed }: BatchTimer): Promise<StagesResult> {
  const { job, state, intent, signal } = run;
  const [mapStage, reduceStage] = job.plan.stages;
  if (!mapStage) throw new Error('a plan has at least one stage');
  const placement = reduceStage ? await placeState(job, state, signal) : null;
  const placed = placement ? slicesOf(placement) : NO_STATE;
  const tasks = splitIntoTasks(intent.ranges, lanesOf(job), state.rate?.bytesPerRecord ?? null);
  const [slice, otherSlice] = placed.slices;
  if (reduceStage && slice && !otherSlice && tasks.length === 1) {
    const result = await timed('reduce', () => runWholeBatch(run, reduceStage, slice, tasks[0]!));
    return stagesResult(run, placement, [], [{ result, stats: result.operators }]);
  }
  const maps = startMapStage(run, mapStage, tasks, placed);
  await timed('map', () => maps.results());
  const slices =
    reduceStage && placement
      ? await timed('reduce', () => runReduceStage(run, reduceStage, placement, placed.slices, maps))
      : [];
  return stagesResult(run, placement, await maps.results(), slices);
}

function stagesResult(
  run: BatchRun,
  placement: Placement | null,
  mapped: readonly TaskResult[],
  slices: readonly SliceOutcome[],
): StagesResult {
  const results = [...mapped, ...slices.flatMap(({ result }) => result ?? [])];
  const sliceStats = slices.map(({ stats }) => stats);
  const told = { tasks: results.length, ...run.attempts(), slowestTasksMs: run.slowestTasksMs() };
  return { results, placement, sliceStats, ...told };
}

const lanesOf = ({ registry }: JobContext): number => registry.alive().reduce((sum, { lanes }) => sum + lanes, 0);

/** Homes of the state partitions among the executors that are alive; waits while there are none. */
async function placeState(job: JobContext, state: ExecutionState, signal: AbortSignal): Promise<Placement> {
  for (;;) {
    const lanes = job.registry
      .alive()
      .flatMap(({ incarnation, lanes }) => Array.from({ length: lanes }, (_, lane) => ({ incarnation, lane })));
    if (lanes.length > 0) {
      const used = lanesForState(lanes, { jobId: job.jobId, size: sizeOf(state) }, state.placement);
      return placePartitions(job.plan.statePartitions, used, state.placement);
    }
    const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: null, avoid: new Set(), signal });
    slot.release();
  }
}

/** Null before the first batch of this driver. Slices whose state is not known count as empty. */
function sizeOf({ recordsPerBatch, sliceStats }: ExecutionState): { records: number; stateRows: number } | null {
  if (recordsPerBatch === null) return null;
  const stateRows = sliceStats.flatMap((stats) => stats ?? []).reduce((sum, { rows }) => sum + rows, 0);
  return { records: recordsPerBatch, stateRows };
}
