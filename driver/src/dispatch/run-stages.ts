import type { BatchContextInput, OperatorStats, TaskInput, TaskResult } from '@millrace/proto';
import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange, OffsetLogEntry } from '@millrace/shared/store';
import { blobsOf, snapshotDue } from '../commit/state-manifest.ts';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { splitIntoTasks } from '../planning/split-ranges.ts';
import type { PhaseTimer } from '../progress/phase-timer.ts';
import { createMapOutputs, type MapOutputs } from '../shuffle/map-outputs.ts';
import { type PlacedSlice, type Placement, placePartitions, slicesOf } from './placement.ts';
import { runTask } from './run-task.ts';

export type StagesResult = {
  results: TaskResult[];
  placement: Placement | null;
  sliceStats: (OperatorStats[] | null)[];
  tasks: number;
  attempts: number;
};

/** A batch on its way through the stages. */
type BatchRun = {
  job: JobContext;
  state: ExecutionState;
  intent: OffsetLogEntry;
  batch: BatchContextInput;
  signal: AbortSignal;
  nextAttemptOf(stage: string, index: number): () => number;
};

/** Runs the stages of one batch: map over the ranges, then, where the plan has state, reduce over the slices. */
export async function runStages(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  timed: PhaseTimer,
  signal: AbortSignal,
): Promise<StagesResult> {
  const attempts = new Map<string, number>();
  const run: BatchRun = {
    job,
    state,
    intent,
    batch: batchContext(state, intent),
    signal,
    nextAttemptOf: (stage, index) => () => {
      const key = `${stage}/${index}`;
      const attempt = attempts.get(key) ?? 0;
      attempts.set(key, attempt + 1);
      return attempt;
    },
  };
  const [mapStage, reduceStage] = job.plan.stages;
  if (!mapStage) throw new Error('a plan has at least one stage');
  const placement = reduceStage ? await placeState(job, state, signal) : null;
  const placed = placement ? slicesOf(placement) : { slices: [], sliceOfPartition: [] };
  const maps = startMapStage(run, mapStage, placed);
  const mapResults = await timed('map', () => maps.results());
  const reduced = reduceStage
    ? await timed('reduce', () => runReduceStage(run, reduceStage, placed.slices, placement, maps))
    : [];
  const done = reduced.filter((slice) => slice.result !== null);
  return {
    results: [...(await maps.results()), ...done.map((slice) => slice.result!)],
    placement,
    sliceStats: reduced.map((slice) => slice.stats),
    tasks: mapResults.length + done.length,
    attempts: [...attempts.values()].reduce((sum, count) => sum + count, 0),
  };
}

function batchContext(state: ExecutionState, intent: OffsetLogEntry): BatchContextInput {
  return {
    timestampMs: intent.timestampMs,
    ...(intent.watermarkMs === null ? {} : { watermarkMs: intent.watermarkMs }),
    ...(state.watermarkMs === null ? {} : { previousWatermarkMs: state.watermarkMs }),
  };
}

/** Homes of the state partitions among the executors that are alive; waits while there are none. */
async function placeState(job: JobContext, state: ExecutionState, signal: AbortSignal): Promise<Placement> {
  for (;;) {
    const lanes = job.registry
      .alive()
      .flatMap(({ incarnation, lanes }) => Array.from({ length: lanes }, (_, lane) => ({ incarnation, lane })));
    if (lanes.length > 0) return placePartitions(job.plan.statePartitions, lanes, state.placement);
    const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: null, avoid: new Set(), signal });
    slot.release();
  }
}

type Placed = { slices: PlacedSlice[]; sliceOfPartition: number[] };

function startMapStage(run: BatchRun, stage: Stage, { slices, sliceOfPartition }: Placed): MapOutputs {
  const { job, intent } = run;
  const lanes = job.registry.alive().reduce((sum, executor) => sum + executor.lanes, 0);
  const tasks = splitIntoTasks(intent.ranges, lanes);
  const shuffle =
    stage.output.kind === 'shuffle'
      ? { sliceOfPartition, sliceIncarnations: slices.map((slice) => slice.incarnation) }
      : null;
  const outputs: MapOutputs = createMapOutputs(stage.id, tasks.length, (index) =>
    runTask(
      job,
      {
        batchId: intent.batchId,
        stage: stage.id,
        index,
        home: null,
        nextAttempt: run.nextAttemptOf(stage.id, index),
        input: async () => ({ batch: run.batch, ranges: tasks[index]!.map(rangeOnWire), shuffle }),
        blocksLost: (incarnation) => outputs.remake(incarnation),
      },
      run.signal,
    ),
  );
  return outputs;
}

const rangeOnWire = ({ source, topic, partition, from, until }: LoggedRange) => ({
  source,
  topic,
  partition,
  fromOffset: from,
  untilOffset: until,
});

type SliceOutcome = { result: TaskResult | null; stats: OperatorStats[] | null };

async function runReduceStage(
  run: BatchRun,
  stage: Stage,
  slices: readonly PlacedSlice[],
  placement: Placement | null,
  maps: MapOutputs,
): Promise<SliceOutcome[]> {
  const known = placement !== null && samePlacement(placement, run.state.placement) ? run.state.sliceStats : [];
  const firstBlocks = await Promise.all(slices.map((slice) => maps.blocksOf(slice.index)));
  return Promise.all(
    slices.map(async (slice): Promise<SliceOutcome> => {
      const stats = known[slice.index] ?? null;
      const blocks = firstBlocks[slice.index] ?? [];
      if (stats !== null && blocks.length === 0 && !mustRun(run, stats)) return { result: null, stats };
      const result = await runSlice(run, stage, slice, maps);
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

function runSlice(run: BatchRun, stage: Stage, slice: PlacedSlice, maps: MapOutputs): Promise<TaskResult> {
  const { job, state, intent } = run;
  const blobs = blobsOf(state.manifest, slice.partitions);
  const sliceOnWire = {
    index: slice.index,
    partitions: slice.partitions,
    state: blobs,
    snapshot: snapshotDue(blobs, slice.index),
  };
  return runTask(
    job,
    {
      batchId: intent.batchId,
      stage: stage.id,
      index: slice.index,
      home: slice,
      nextAttempt: run.nextAttemptOf(stage.id, slice.index),
      input: async (): Promise<Pick<TaskInput, 'batch' | 'blocks' | 'slice'>> => ({
        batch: run.batch,
        blocks: await maps.blocksOf(slice.index),
        slice: sliceOnWire,
      }),
      blocksLost: (incarnation) => maps.remake(incarnation),
    },
    run.signal,
  );
}

function samePlacement(a: Placement, b: Placement | null): boolean {
  return (
    b !== null &&
    a.length === b.length &&
    a.every((home, partition) => home.incarnation === b[partition]!.incarnation && home.lane === b[partition]!.lane)
  );
}
