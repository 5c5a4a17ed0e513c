import type { PassBatchRequest, TaskResult } from '@millrace/proto';
import type { BatchId } from '@millrace/shared/ids';
import { call } from '@millrace/shared/rpc';
import type { CommitEntry } from '@millrace/shared/store';
import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';

/** Both calls only free memory early; an executor that misses one finds out with its next task. */
const END_TIMEOUT_MS = 5_000;

/** Tells the executors which pending state the commit named. Does not wait: the next task of a lane resolves it anyway. */
export function announceFinished(job: JobContext, entry: CommitEntry, results: readonly TaskResult[]): void {
  const adoptedBlobs = results.flatMap((result) => result.state.map((blob) => blob.name));
  const attempts = entry.outputs.map(({ attempt }) => attempt);
  announce(job, entry, ({ client }, batch) =>
    call(client, 'FinishBatch', { ...batch, adoptedBlobs, attempts }, { timeoutMs: END_TIMEOUT_MS }),
  );
}

/** Tells them that the batch is visible, so what was prepared of it and is not named holds readers up for nothing. Does not wait. */
export function announcePublished(job: JobContext, entry: CommitEntry): void {
  announce(job, entry, ({ client }, batch) => call(client, 'PassBatch', batch, { timeoutMs: END_TIMEOUT_MS }));
}

function announce(
  { jobId, driverEpoch, registry, log }: JobContext,
  { batchId }: CommitEntry,
  tell: (executor: ExecutorEntry, batch: PassBatchRequest) => Promise<unknown>,
): void {
  for (const executor of registry.present()) {
    tell(executor, { jobId, driverEpoch, batchId }).catch((error: unknown) =>
      log.debug({ err: error, executor: executor.executorId, batch: batchId }, 'executor missed the end of the batch'),
    );
  }
}

/** The batch is given up for now: executors drop what they hold of it. */
export async function dropBatch(job: JobContext, batchId: BatchId): Promise<void> {
  const { jobId, driverEpoch } = job;
  await Promise.allSettled(
    job.registry
      .present()
      .map((executor) =>
        call(executor.client, 'AbortBatch', { jobId, driverEpoch, batchId }, { timeoutMs: END_TIMEOUT_MS }),
      ),
  );
}
