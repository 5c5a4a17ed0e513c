import { MillraceError } from '@millrace/shared/errors';
import { NO_BATCH } from '@millrace/shared/ids';
import type { JobPlan } from '@millrace/shared/plan';
import {
  type JobRecord,
  type OffsetLogEntry,
  STORE_OLDER_HINT,
  type StateBlobRecord,
  type Takeover,
} from '@millrace/shared/store';

/** What a driver that took a job over does first. */
export type ResumeDecision = {
  /** The last commit's output is not known to be visible: publish it again from its entry. */
  publishLast: boolean;
  /** Logged and not committed: run exactly this batch again. Null: plan the next one. */
  replay: OffsetLogEntry | null;
};

/**
 * Decides from the logs alone. STORE_CORRUPT when they contradict each other; going on then could lose or repeat records.
 */
export function decideResume({ job, lastCommit, lastCommitPublished, pending }: Takeover): ResumeDecision {
  const last = lastCommit?.batchId ?? NO_BATCH;
  if (pending !== null && pending.batchId !== last + 1) {
    throw new MillraceError(
      'STORE_CORRUPT',
      `job "${job.jobId}": batch ${pending.batchId} is in the offset log, but the last committed batch is ${last}`,
      { hint: 'the store was rolled back or changed by hand; restore it, or delete the job and start it again' },
    );
  }
  return { publishLast: lastCommit !== null && !lastCommitPublished, replay: pending };
}

/**
 * What a driver knows of its earlier runs of the job must still be in the store: epochs are given out once, and a committed
 * batch stays committed. STORE_CORRUPT when it is not; going on would do again what sinks have already shown.
 */
export function assertNotOlder(
  { epoch, job, lastCommit }: Takeover,
  known: { epoch: number; lastBatch: number },
  { submittedMs }: Pick<JobRecord, 'submittedMs'>,
): void {
  // Deleted and submitted anew through another driver: a job of its own.
  if (job.submittedMs !== submittedMs) return;
  const last = lastCommit?.batchId ?? NO_BATCH;
  if (epoch > known.epoch && last >= known.lastBatch) return;
  throw new MillraceError(
    'STORE_CORRUPT',
    `the store is older than this driver: job "${job.jobId}" stands at driver epoch ${epoch} and batch ${last} there, and has been at ${known.epoch} and ${known.lastBatch}`,
    { hint: STORE_OLDER_HINT, details: { epoch, lastBatch: last, known } },
  );
}

/** The batch's plan must be the job's: a batch that was logged under another plan cannot be replayed under this one. */
export function assertSamePlan(entry: OffsetLogEntry, planHash: string): void {
  if (entry.planHash === planHash) return;
  throw new MillraceError(
    'INCOMPATIBLE_CHANGE',
    `batch ${entry.batchId} was planned for another version of the query`,
    {
      hint: 'restart the job with the version that planned it; the query can change once the batch is committed',
    },
  );
}

/**
 * The plan must keep every operator whose state is stored. A query, or a Millrace, that changed an operator's key, input or columns
 * names it anew, and its state would silently begin empty.
 */
export function assertKeepsState(state: readonly StateBlobRecord[], plan: JobPlan): void {
  const kept = new Set(
    plan.stages.flatMap(({ operators }) => operators.flatMap(({ id, state: table }) => (table ? id : []))),
  );
  const lost = [...new Set(state.map(({ operatorId }) => operatorId))].filter((id) => !kept.has(id));
  if (lost.length === 0) return;
  throw new MillraceError(
    'INCOMPATIBLE_CHANGE',
    `the state of ${lost.join(', ')} has no place in the plan of this version`,
    {
      hint: 'run the version that wrote the state, or delete the job and submit it anew to compute it from the start; millrace restart --allow-state-loss goes on without that state',
      details: { operators: lost },
    },
  );
}
