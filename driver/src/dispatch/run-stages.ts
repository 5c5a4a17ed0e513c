import type { OperatorStats, TaskResult } from '@millrace/proto';
import type { OffsetLogEntry } from '@millrace/shared/store';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import type { BatchTimer } from '../progress/batch-phases.ts';
import { startBatchRun } from './batch-run.ts';
import { startMapStage } from './map-stage.ts';
import { lanesForState, NO_STATE, type Placement, placePartitions, slicesOf } from './placement.ts';
import { runReduceStage } from './reduce-stage.ts';

export type StagesResult = {
  results: TaskResult[];
  placement: Placement | null;
  sliceStats: (OperatorStats[] | null)[];
  tasks: number;
  attempts: number;
};

/** Runs the stages of one batch: map over the ranges, then, where the plan has state, reduce over the slices. */
export async function runStages(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  { timed }: BatchTimer,
  signal: AbortSignal,
): Promise<StagesResult> {
  const run = startBatchRun(job, state, intent, signal);
  const [mapStage, reduceStage] = job.plan.stages;
  if (!mapStage) throw new Error('a plan has at least one stage');
  const placement = reduceStage ? await placeState(job, state, signal) : null;
  const placed = placement ? slicesOf(placement) : NO_STATE;
  const maps = startMapStage(run, mapStage, placed);
  await timed('map', () => maps.results());
  const slices =
    reduceStage && placement
      ? await timed('reduce', () => runReduceStage(run, reduceStage, placement, placed.slices, maps))
      : [];
  const reduced = slices.flatMap(({ result }) => result ?? []);
  const mapped = await maps.results();
  return {
    results: [...mapped, ...reduced],
    placement,
    sliceStats: slices.map(({ stats }) => stats),
    tasks: mapped.length + reduced.length,
    attempts: run.attempts(),
  };
}

/** Homes of the state partitions among the executors that are alive; waits while there are none. */
async function placeState(job: JobContext, state: ExecutionState, signal: AbortSignal): Promise<Placement> {
  for (;;) {
    const lanes = job.registry
      .alive()
      .flatMap(({ incarnation, lanes }) => Array.from({ length: lanes }, (_, lane) => ({ incarnation, lane })));
    if (lanes.length > 0) {
      const used = lanesForState(lanes, state.recordsPerBatch, state.placement);
      return placePartitions(job.plan.statePartitions, used, state.placement);
    }
    const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: null, avoid: new Set(), signal });
    slot.release();
  }
}
