import type { TaskResult } from '@millrace/proto';
import { type MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';
import type { LaneRef } from './placement.ts';
import { raceAttempts } from './race-attempts.ts';
import { decideRetry, NO_HISTORY, type RetryDecision } from './retry-decision.ts';
import type { TaskPlan } from './task-plan.ts';

/**
 * Runs attempts until one succeeds, on the task's home while that lives, elsewhere after. Rejects with the error of the
 * last attempt when retrying is of no use or has been enough, or with the signal's reason.
 */
export async function runTask(job: JobContext, task: TaskPlan, signal: AbortSignal): Promise<TaskResult> {
  let history = NO_HISTORY;
  const avoid = new Set<string>();
  let home = task.home;
  for (;;) {
    const outcome = await tryTask(job, task, { home, avoid }, signal);
    if (outcome.kind === 'done') return outcome.result;
    const decision = decideRetry(outcome.error, history);
    if (decision.kind === 'fail') {
      job.events.attemptFailed({ ...failedTask(task, outcome), willRetry: false });
      throw decision.error;
    }
    history = decision.history;
    noteFailure(job, task, outcome);
    await prepareRetry(job, task, { ...outcome, decision }, avoid, signal);
    if (decision.kind === 'waitOut' || (decision.kind === 'retry' && decision.elsewhere)) home = null;
  }
}

/** `executor` is null when the task's home went away before it took the task. */
type Failure = { executor: ExecutorEntry | null; error: MillraceError };
type Outcome = { kind: 'done'; result: TaskResult } | ({ kind: 'failed' } & Failure);

async function tryTask(
  job: JobContext,
  task: TaskPlan,
  { home, avoid }: { home: LaneRef | null; avoid: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: home?.incarnation ?? null, avoid, signal });
    return await raceAttempts(job, task, slot, home?.lane ?? -1, signal, (failed) => {
      noteFailure(job, task, failed);
      giveUpLost(job, failed);
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', executor: null, error: toMillraceError(error) };
  }
}

async function prepareRetry(
  job: JobContext,
  task: TaskPlan,
  failure: Failure & { decision: Exclude<RetryDecision, { kind: 'fail' }> },
  avoid: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { error, executor, decision } = failure;
  switch (decision.kind) {
    case 'retry':
      giveUpLost(job, failure);
      if (decision.elsewhere && executor) avoid.add(executor.incarnation);
      if (decision.delayMs > 0) await job.clock.delay(decision.delayMs, signal);
      return;
    case 'waitOut':
      // Another executor may reach them still.
      if (executor) avoid.add(executor.incarnation);
      job.events.waits(error);
      await job.clock.delay(decision.delayMs, signal);
      return;
    case 'remakeBlocks':
      task.blocksLost(String(error.details.incarnation ?? ''));
      return;
    case 'reopenJob':
      if (executor) job.opener.forget(executor);
      return;
    default:
      decision satisfies never;
  }
}

function giveUpLost(job: JobContext, { error, executor }: Failure): void {
  if (error.code === 'EXECUTOR_LOST' && executor) job.registry.markLost(executor.incarnation, error.message);
}

function noteFailure(job: JobContext, task: TaskPlan, failure: Failure): void {
  const { error } = failure;
  const failed = failedTask(task, failure);
  const { batchId: batch, stage, index, executor } = failed;
  job.log.warn({ batch, stage, task: index, attempt: task.lastAttempt(), executor, code: error.code }, error.message);
  job.events.attemptFailed({ ...failed, willRetry: true });
}

function failedTask({ batchId, stage, index, home }: TaskPlan, { error, executor }: Failure) {
  return { batchId, stage, index, error, executor: executor?.executorId ?? home?.incarnation ?? 'any executor' };
}
