import type { TaskInput, TaskResult } from '@millrace/proto';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { BatchId } from '@millrace/shared/ids';
import { call } from '@millrace/shared/rpc';
import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';
import type { LaneRef } from './placement.ts';
import { decideRetry, NO_HISTORY, type RetryDecision } from './retry-decision.ts';

/** One task of a stage, to be tried until an attempt succeeds. */
export type TaskPlan = {
  batchId: BatchId;
  stage: string;
  index: number;
  /** Where its state lives; null: any lane. */
  home: LaneRef | null;
  /** Numbers the attempts of this task over the whole batch. */
  nextAttempt(): number;
  /** The number given last; −1 before the first. */
  lastAttempt(): number;
  /** What one attempt is given, beside its id and lane. Asked anew for each attempt: blocks may have moved. */
  input(executor: ExecutorEntry): Promise<Pick<TaskInput, 'batch' | 'ranges' | 'blocks' | 'slice' | 'shuffle'>>;
  /** Blocks held by this executor incarnation are gone. */
  blocksLost(incarnation: string): void;
};

/**
 * Runs attempts until one succeeds, on the task's home while that lives, elsewhere after. Rejects with the error of the
 * last attempt when retrying is of no use or has been enough, or with the signal's reason.
 */
export async function runTask(job: JobContext, task: TaskPlan, signal: AbortSignal): Promise<TaskResult> {
  let history = NO_HISTORY;
  const avoid = new Set<string>();
  let home = task.home;
  for (;;) {
    let failed: ExecutorEntry | null = null;
    try {
      const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: home?.incarnation ?? null, avoid, signal });
      failed = slot.executor;
      try {
        const result = await attemptTask(job, task, slot.executor, home?.lane ?? -1, signal);
        slot.executor.tasksDone++;
        return result;
      } finally {
        slot.release();
      }
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toMillraceError(thrown);
      const decision = decideRetry(error, history);
      if (failed) failed.tasksFailed++;
      if (decision.kind === 'fail') throw decision.error;
      history = decision.history;
      await prepareRetry(job, task, { error, decision, failed }, avoid, signal);
      if (decision.kind === 'waitOut' || (decision.kind === 'retry' && decision.elsewhere)) home = null;
    }
  }
}

async function attemptTask(
  job: JobContext,
  task: TaskPlan,
  executor: ExecutorEntry,
  lane: number,
  signal: AbortSignal,
) {
  await job.opener.open(executor);
  const { batchId, stage, index } = task;
  const request: TaskInput = {
    id: {
      jobId: job.jobId,
      batchId,
      stage,
      index,
      attempt: task.nextAttempt(),
      driverEpoch: job.driverEpoch,
      incarnation: executor.incarnation,
      planHash: job.plan.hash,
    },
    lane,
    timeoutMs: job.spec.limits.taskTimeoutMs,
    ...(await task.input(executor)),
  };
  // An executor whose lease ran out is given up even when its connection still stands (a stopped process, a cut network).
  return call(executor.client, 'RunTask', request, { signal: AbortSignal.any([signal, executor.lost]) }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw executor.lost.aborted ? lost(executor) : error;
    },
  );
}

type Failure = {
  error: MillraceError;
  decision: Exclude<RetryDecision, { kind: 'fail' }>;
  failed: ExecutorEntry | null;
};

async function prepareRetry(
  job: JobContext,
  task: TaskPlan,
  { error, decision, failed }: Failure,
  avoid: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const where = failed ? failed.executorId : (task.home?.incarnation ?? 'any executor');
  job.log.warn(
    {
      ...{ batch: task.batchId, stage: task.stage, task: task.index, attempt: task.lastAttempt() },
      ...{ executor: where, code: error.code },
    },
    error.message,
  );
  job.events.taskRetried({ stage: task.stage, index: task.index, batchId: task.batchId, executor: where, error });
  switch (decision.kind) {
    case 'retry':
      if (decision.executorLost && failed) job.registry.markLost(failed.incarnation, error.message);
      if (decision.elsewhere && failed) avoid.add(failed.incarnation);
      if (decision.delayMs > 0) await job.clock.delay(decision.delayMs, signal);
      return;
    case 'waitOut':
      // Another executor may reach them still.
      if (failed) avoid.add(failed.incarnation);
      job.events.waits(error);
      await job.clock.delay(decision.delayMs, signal);
      return;
    case 'remakeBlocks':
      task.blocksLost(String(error.details.incarnation ?? ''));
      return;
    case 'reopenJob':
      if (failed) job.opener.forget(failed);
      return;
    default:
      decision satisfies never;
  }
}

function lost(executor: ExecutorEntry): MillraceError {
  return new MillraceError('EXECUTOR_LOST', `executor "${executor.executorId}" was lost`, {
    details: { incarnation: executor.incarnation },
  });
}
