import type { OperatorStats } from '@millrace/proto';
import { type BatchId, NO_BATCH, nextBatch } from '@millrace/shared/ids';
import type { CommitEntry, StateBlobRecord, StateTtlRecord, Takeover, TopicIdentity } from '@millrace/shared/store';
import type { RateEstimate } from './backpressure/rate-estimator.ts';
import type { Placement } from './dispatch/placement.ts';
import type { Position } from './planning/batch-plan.ts';

/** What a driver knows of a job between two batches. All but the last five fields follow from the store. */
export type ExecutionState = {
  next: BatchId;
  /** Null before the first batch: the starting offsets are not resolved yet. */
  positions: Position[] | null;
  /** Those that were read. */
  topics: TopicIdentity[];
  watermarkMs: number | null;
  nextExpiryMs: number | null;
  /** Of the last committed batch. */
  timestampMs: number | null;
  stateTtl: StateTtlRecord | null;
  /** By operator. */
  stateRows: Readonly<Record<string, number>>;
  manifest: StateBlobRecord[];
  placement: Placement | null;
  /** Of each slice of `placement`, of each operator after its last task; none: not known since this driver took over or slices moved. */
  sliceStats: OperatorStats[][];
  rate: RateEstimate | null;
  /** Moving average; null before the first batch. */
  recordsPerBatch: number | null;
  /** Moving average of the slowest task's duration, ms, by stage. */
  usualTaskMs: ReadonlyMap<string, number>;
};

/** Of the newest batch in the average: some ten batches change its mind. */
const NEWEST_WEIGHT = 0.2;

export function stateAtTakeover({ lastCommit, state }: Takeover): ExecutionState {
  return {
    next: nextBatch(lastCommit?.batchId ?? NO_BATCH),
    positions: lastCommit?.positions ?? null,
    topics: lastCommit?.topics ?? [],
    watermarkMs: lastCommit?.watermarkMs ?? null,
    nextExpiryMs: lastCommit?.nextExpiryMs ?? null,
    timestampMs: lastCommit?.timestampMs ?? null,
    stateTtl: lastCommit?.stateTtl ?? null,
    stateRows: lastCommit?.stateRows ?? {},
    manifest: state,
    placement: null,
    sliceStats: [],
    rate: null,
    recordsPerBatch: null,
    usualTaskMs: new Map(),
  };
}

export function stateAfterCommit(
  before: ExecutionState,
  entry: CommitEntry,
  {
    slowestTasksMs,
    ...learned
  }: Pick<ExecutionState, 'manifest' | 'placement' | 'sliceStats' | 'rate'> & {
    slowestTasksMs: ReadonlyMap<string, number>;
  },
): ExecutionState {
  const { positions, topics, watermarkMs, nextExpiryMs, timestampMs, stateRows, stateTtl = null } = entry;
  const recordsPerBatch = movedTo(entry.counts.recordsIn, before.recordsPerBatch);
  const moved = [...slowestTasksMs].map(([stage, ms]) => [stage, movedTo(ms, before.usualTaskMs.get(stage))] as const);
  return {
    ...before,
    ...learned,
    usualTaskMs: new Map([...before.usualTaskMs, ...moved]),
    next: nextBatch(entry.batchId),
    positions,
    topics,
    watermarkMs,
    nextExpiryMs,
    ...{ timestampMs, stateRows, stateTtl },
    recordsPerBatch,
  };
}

function movedTo(newest: number, average: number | null | undefined): number {
  return average === null || average === undefined ? newest : average + (newest - average) * NEWEST_WEIGHT;
}
