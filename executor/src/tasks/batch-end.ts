import type {
  AbortBatchRequest,
  FinishBatchRequest,
  PassBatchRequest,
  PublishReplyInput,
  PublishRequest,
} from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { BlobStore } from '@millrace/shared/store';
import type { BlockStore } from '../shuffle/block-store.ts';
import type { BatchLedger, BatchTraces } from './batch-ledger.ts';
import type { JobLifecycle } from './job-lifecycle.ts';
import type { JobRegistry } from './job-registry.ts';
import type { LaneSet } from './lane-set.ts';
import type { OpenJob } from './open-job.ts';
import type { RunningAttempts } from './running-attempts.ts';

export type BatchEndDeps = {
  jobs: JobRegistry;
  lifecycle: JobLifecycle;
  running: RunningAttempts;
  lanes: LaneSet;
  blocks: BlockStore;
  ledger: BatchLedger;
  blobs: BlobStore;
};

/**
 * The batch is committed: the lanes that worked on it adopt the state the commit names, its blocks are freed, and what
 * attempts made that the commit does not name is dropped.
 */
export async function finishBatch(request: FinishBatchRequest, deps: BatchEndDeps): Promise<void> {
  const { jobId, driverEpoch, batchId, adoptedBlobs } = request;
  const { job } = await deps.lifecycle.fenceDriver(jobId, driverEpoch);
  deps.jobs.noteFinished(jobId, batchId);
  for (const sink of job?.sinks ?? []) sink.pass?.({ driverEpoch, batchId });
  await deps.running.abort((key) => key.jobId === jobId && key.batchId <= batchId, 'the batch is committed without it');
  const { lanes, outputs, blobs } = deps.ledger.take(jobId, batchId);
  const adopt = [...lanes].map((lane) => deps.lanes.run(lane, { kind: 'finishBatch', jobId, batchId, adoptedBlobs }));
  const losers = {
    outputs: outputs.filter(({ attempt }) => !request.attempts.includes(attempt)),
    blobs: blobs.filter((name) => !adoptedBlobs.includes(name)),
  };
  await Promise.all([deps.blocks.freeUpTo(jobId, batchId), discard(job, losers, deps), ...adopt]);
}

/** The batch is published: what its sinks have prepared of it besides is dropped at once, not with the end of the next. */
export async function passBatch({ jobId, driverEpoch, batchId }: PassBatchRequest, deps: BatchEndDeps): Promise<void> {
  const { job } = await deps.lifecycle.fenceDriver(jobId, driverEpoch);
  for (const sink of job?.sinks ?? []) sink.pass?.({ driverEpoch, batchId: batchId + 1 });
}

/** The batch attempt is given up: what runs is stopped; pending state, blocks and prepared output are dropped. */
export async function abortBatch(request: AbortBatchRequest, deps: BatchEndDeps): Promise<void> {
  const { jobId, driverEpoch, batchId } = request;
  const { job } = await deps.lifecycle.fenceDriver(jobId, driverEpoch);
  await deps.running.abort((key) => key.jobId === jobId && key.batchId === batchId, 'the batch was given up');
  const { lanes, ...made } = deps.ledger.take(jobId, batchId);
  const dropState = [...lanes].map((lane) => deps.lanes.run(lane, { kind: 'abortBatch', jobId, batchId }));
  await Promise.all([deps.blocks.freeUpTo(jobId, batchId), discard(job, made, deps), ...dropState]);
}

/** Best effort: sinks sweep what they still find when they publish, drivers sweep blobs when they take a job over. */
async function discard(
  job: OpenJob | null,
  { outputs, blobs }: Pick<BatchTraces, 'outputs' | 'blobs'>,
  deps: Pick<BatchEndDeps, 'blobs'>,
): Promise<void> {
  const bySink = Map.groupBy(outputs, ({ sink }) => sink);
  const fromSinks = job ? [...bySink].map(([name, prepared]) => job.sink(name).discard(prepared)) : [];
  await Promise.allSettled([deps.blobs.remove(blobs), ...fromSinks]);
}

/** Makes committed output visible, from what the commit entry names alone. */
export async function publishBatch(request: PublishRequest, deps: BatchEndDeps): Promise<PublishReplyInput> {
  const { jobId, driverEpoch, batchId, outputs, presentIncarnations: present, losses } = request;
  const executors = { driverEpoch, present, losses };
  const job = requireOpen(jobId, (await deps.lifecycle.fenceDriver(jobId, driverEpoch)).job);
  const bySink = Map.groupBy(outputs, ({ sink }) => sink);
  const published = await Promise.all(
    [...bySink].map(([name, prepared]) => job.sink(name).publish({ jobId, batchId, executors }, prepared)),
  );
  const texts = published.flatMap(({ text }) => (text === '' ? [] : [text]));
  return { text: texts.join('\n'), preparedAgain: published.flatMap(({ preparedAgain }) => preparedAgain ?? []) };
}

export function requireOpen(jobId: string, job: OpenJob | null): OpenJob {
  if (job) return job;
  throw new MillraceError('JOB_NOT_OPEN', `job '${jobId}' is not open here`, { details: { jobId } });
}
