import type { OperatorStats, TaskResult } from '@millrace/proto';
import { sourceInputOf } from '@millrace/shared/plan';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { splitIntoTasks } from '../planning/split-ranges.ts';
import type { BatchTimer } from '../progress/batch-phases.ts';
import type { BatchRun } from './batch-run.ts';
import { inOneTask, type SourceTasks } from './in-one-task.ts';
import { lanesForState, NO_STATE, type Placement, placePartitions, samePlacement, slicesOf } from './placement.ts';
import { startReduceStage } from './reduce-stage.ts';
import { feedsOf, settle } from './running-stage.ts';
import { statsAfter } from './slice-decision.ts';
import { runWholeBatch } from './slice-task.ts';
import { startSourceStage } from './source-stage.ts';

export type StagesResult = {
  results: TaskResult[];
  placement: Placement | null;
  sliceStats: OperatorStats[][];
  tasks: number;
  attempts: number;
  /** Of `attempts`: those of tasks that straggled. */
  secondAttempts: number;
  slowestTasksMs: Map<string, number>;
};

/**
 * Runs the stages of one batch: those that read sources over its ranges, the others over the slices of its state, each once the
 * stages before it are done. A small batch is one task that does it all.
 */
export async function runStages(run: BatchRun, { timed }: BatchTimer): Promise<StagesResult> {
  const { job, state, signal } = run;
  const sources = sourceTasks(run);
  const others = job.plan.stages.filter((stage) => sourceInputOf(stage) === null);
  const placement = others.length > 0 ? await placeState(job, state, signal) : null;
  const placed = placement ? slicesOf(placement) : NO_STATE;
  const whole = inOneTask(sources, placed.slices);
  if (whole) {
    const { slice, stage, ranges } = whole;
    const result = await timed('reduce', () => runWholeBatch(run, slice, stage, ranges));
    return { ...told(run, [result]), placement, sliceStats: [result.operators] };
  }
  const known = samePlacement(placement, state.placement) ? state.sliceStats : [];
  const running = sources.map(({ stage, tasks }) => startSourceStage(run, stage, tasks, placed));
  const mapped = running.map(({ outputs }) => outputs.pinned());
  for (const stage of others) running.push(startReduceStage(run, stage, placed, feedsOf(stage, running), known));
  await timed('map', () => Promise.all(mapped));
  const outputs = others.length > 0 ? await timed('reduce', () => settle(running)) : await settle(running);
  const bySlice = outputs.slice(sources.length);
  const sliceStats = placed.slices.map(({ index }) =>
    statsAfter(
      known[index] ?? [],
      bySlice.flatMap((stage) => stage[index]?.result ?? []),
    ),
  );
  const results = outputs.flatMap((stage) => stage.flatMap(({ result }) => result ?? []));
  return { ...told(run, results), placement, sliceStats };
}

function told(run: BatchRun, results: TaskResult[]): Omit<StagesResult, 'placement' | 'sliceStats'> {
  return { results, tasks: results.length, ...run.attempts(), slowestTasksMs: run.slowestTasksMs() };
}

/** Of each stage that reads a source, the ranges of its tasks. */
function sourceTasks({ job, state, intent }: BatchRun): SourceTasks[] {
  return job.plan.stages.flatMap((stage) => {
    const input = sourceInputOf(stage);
    if (input === null) return [];
    const ranges = intent.ranges.filter(({ source }) => source === input.source);
    return [{ stage, tasks: splitIntoTasks(ranges, lanesOf(job), state.rate?.bytesPerRecord ?? null) }];
  });
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
  const stateRows = sliceStats.flat().reduce((sum, { rows }) => sum + rows, 0);
  return { records: recordsPerBatch, stateRows };
}
