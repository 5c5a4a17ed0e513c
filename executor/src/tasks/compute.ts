import { join } from 'node:path';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { BlobStore } from '@millrace/shared/store';
import type { LaneReply, LaneTask, LaneTaskResult, TableFile } from '../lanes/messages.ts';
import type { Attempt } from './attempt.ts';
import type { BatchLedger } from './batch-ledger.ts';
import type { LaneSet } from './lane-set.ts';
import type { StageInput } from './stage-input.ts';
import { loadState } from './state-blobs.ts';
import type { TableFiles } from './table-files.ts';

export type ComputeDeps = {
  lanes: LaneSet;
  ledger: BatchLedger;
  blobs: BlobStore;
  tableFiles: TableFiles;
  clock: Clock;
  scratchDir: string;
};

/**
 * Runs the task in a lane, with the versions of tables that its batch names. When the lane lacks the committed state the slice names, that is loaded from the store, and
 * the task is sent again. What the lane does not account for itself was waiting for it.
 */
export async function compute(
  attempt: Attempt,
  task: LaneTask,
  input: StageInput,
  deps: ComputeDeps,
): Promise<LaneTaskResult> {
  const { timer, id, batch } = attempt;
  const tables = await timer.timed('fetch', () => deps.tableFiles.take(id.jobId, batch.tables));
  try {
    return await computeWith(attempt, task, input, tables.files, deps);
  } finally {
    tables.release();
  }
}

async function computeWith(
  attempt: Attempt,
  task: LaneTask,
  input: StageInput,
  tables: readonly TableFile[],
  deps: ComputeDeps,
): Promise<LaneTaskResult> {
  const { timer, id } = attempt;
  const lane = deps.lanes.choose(attempt.task.lane);
  // Before it runs: whatever becomes of the attempt, the end of the batch must clean up after it.
  if (task.slice) deps.ledger.noteLane(id.jobId, id.batchId, lane);
  // Records that meet state are few, and sent again when the state has to be restored first: those are copied.
  const transfer = task.slice ? [] : input.transfer;
  let reply = await askLane(attempt, { task, tables }, lane, transfer, deps);
  if (reply.kind === 'stateMissing') {
    const missing = reply.operatorIds;
    await timer.timed('state', () => restore(attempt, task, lane, missing, deps));
    reply = await askLane(attempt, { task, tables }, lane, transfer, deps);
  }
  if (reply.kind !== 'taskDone') throw new MillraceError('INTERNAL', `the lane answered a task with ${reply.kind}`);
  return reply.result;
}

async function askLane(
  attempt: Attempt,
  { task, tables }: { task: LaneTask; tables: readonly TableFile[] },
  lane: number,
  transfer: ArrayBuffer[],
  { lanes, clock }: ComputeDeps,
): Promise<LaneReply> {
  const { job: plan, laneAttemptId: attemptId, signal, timer, limit } = attempt;
  const startedMs = clock.monotonic();
  limit.waitsFor(lanes.ahead(lane));
  const at = { lane, plan, attemptId, signal, tables };
  const reply = await lanes.runAttempt(at, { kind: 'runTask', ...task }, transfer);
  const timings = reply.kind === 'taskDone' ? reply.result.timings : [];
  const elapsedMs = clock.monotonic() - startedMs;
  timer.add('queue', Math.max(0, elapsedMs - timings.reduce((sum, { ms }) => sum + ms, 0)));
  for (const { phase, ms } of timings) timer.add(phase, ms);
  return reply;
}

async function restore(
  attempt: Attempt,
  task: LaneTask,
  lane: number,
  operatorIds: readonly string[],
  deps: ComputeDeps,
): Promise<void> {
  const { id, job: plan, laneAttemptId: attemptId, signal } = attempt;
  const ofAttempt = attempt.task.slice;
  if (!task.slice || !ofAttempt) throw new MillraceError('INTERNAL', 'state is missing for a task without any');
  const committed = ofAttempt.state
    .filter((blob) => operatorIds.includes(blob.operatorId))
    .map((blob) => (blob.partitions.length > 0 ? blob : { ...blob, partitions: ofAttempt.partitions }));
  const folder = join(deps.scratchDir, id.jobId, 'restore', attemptId);
  const loaded = await loadState(committed, folder, { blobs: deps.blobs, signal }).catch(asMissingState);
  try {
    const { jobId, previousWatermarkMs, ttl } = task;
    // What the lane has of other operators stays as it is.
    const slice = {
      ...task.slice,
      state: task.slice.state.filter(({ operatorId }) => operatorIds.includes(operatorId)),
    };
    const { files } = loaded;
    const request = { kind: 'restoreState', jobId, attemptId, slice, files, previousWatermarkMs, ttl } as const;
    attempt.limit.waitsFor(deps.lanes.ahead(lane));
    await deps.lanes.runAttempt({ lane, plan, attemptId, signal }, request);
  } finally {
    await loaded.release();
  }
}

/** The manifest that the last commit left names these blobs: one that is gone is a part of the job's past. */
function asMissingState(error: unknown): never {
  if (!(error instanceof MillraceError) || error.code !== 'BLOB_LOST') throw error;
  throw new MillraceError('STORE_CORRUPT', `a part of the job's state is missing from the store: ${error.message}`, {
    hint: 'something has evicted or deleted it: restore the store from a backup, or delete the job and submit it anew, to compute it from the start',
    cause: error,
    details: error.details,
  });
}
