import type { MillraceError } from '@millrace/shared/errors';
import { ANY_LANE, attemptTask } from '../dispatch/attempt-task.ts';
import { hasDied } from '../dispatch/has-died.ts';
import { giveUpLost, prepareRetry } from '../dispatch/prepare-retry.ts';
import { decideRetry, NO_HISTORY } from '../dispatch/retry-decision.ts';
import type { TaskPlan } from '../dispatch/task-plan.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { mayBeByARecord } from './by-a-record.ts';
import type { HeldExecutor } from './hold-executor.ts';

/**
 * Runs a piece of a task; gives the error that it ends in, null when it succeeds. That the executor ends counts only where
 * nothing else runs there. What says nothing about the piece is tried again; rejects with what would fail the job anyway.
 */
export async function rehearse(
  job: JobContext,
  piece: TaskPlan,
  { executor, alone }: { executor: HeldExecutor; alone: boolean },
  signal: AbortSignal,
): Promise<MillraceError | null> {
  let history = NO_HISTORY;
  for (;;) {
    const placed = { ...(await executor.take()), lane: ANY_LANE, input: await piece.input() };
    const outcome = await attemptTask(job, piece, placed, signal);
    if (outcome.kind === 'done') return null;
    const { error } = outcome;
    giveUpLost(job, outcome);
    if (mayBeByARecord(error)) return error;
    if (error.code === 'EXECUTOR_LOST' && alone && (await hasDied(job, outcome.executor, signal))) return error;
    const decision = decideRetry(error, { ended: false, alone }, history);
    if (decision.kind === 'fail' || decision.kind === 'blame') throw error;
    history = decision.history;
    await prepareRetry(job, piece, { error, executor: outcome.executor, decision }, new Set(), signal);
  }
}
