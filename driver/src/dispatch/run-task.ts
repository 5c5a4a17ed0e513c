import type { TaskResult } from '@millrace/proto';
import { toMillraceError } from '@millrace/shared/errors';
import type { JobContext } from '../jobs/job-context.ts';
import { blameTask } from '../poison/blame-task.ts';
import { ANY_LANE, attemptTask } from './attempt-task.ts';
import { hasDied } from './has-died.ts';
import type { LaneRef } from './placement.ts';
import { type Failure, giveUpLost, prepareRetry } from './prepare-retry.ts';
import { raceAttempts } from './race-attempts.ts';
import { decideRetry, NO_HISTORY } from './retry-decision.ts';
import type { TaskPlan } from './task-plan.ts';

/**
 * Runs attempts until one succeeds, on the task's home while that lives, elsewhere after. Rejects with the error of the
 * last attempt when retrying is of no use or has been enough, or with the signal's reason.
 */
export async function runTask(job: JobContext, task: TaskPlan, signal: AbortSignal): Promise<TaskResult> {
  let history = NO_HISTORY;
  const avoid = new Set<string>();
  let home = task.home;
  let alone = false;
  let acquitted = 0;
  for (;;) {
    const outcome = await tryTask(job, task, { home, avoid, alone }, signal);
    if (outcome.kind === 'done') return outcome.result;
    giveUpLost(job, outcome);
    const ended = await endedExecutor(job, outcome, alone, signal);
    const decision = decideRetry(outcome.error, { ended, alone }, history);
    noteFailure(job, task, outcome, decision.kind !== 'fail');
    if (decision.kind === 'fail') throw decision.error;
    if (decision.kind === 'blame') {
      acquitted += await blameTask(job, task, { error: decision.error, acquitted }, signal);
      history = NO_HISTORY;
      continue;
    }
    history = decision.history;
    await prepareRetry(job, task, { ...outcome, decision }, avoid, signal);
    if (decision.kind === 'retry') alone = decision.alone;
    if (decision.kind === 'retry' || decision.kind === 'waitOut') home = null;
  }
}

type Outcome = { kind: 'done'; result: TaskResult } | ({ kind: 'failed' } & Failure);

async function tryTask(
  job: JobContext,
  task: TaskPlan,
  { home, avoid, alone }: { home: LaneRef | null; avoid: ReadonlySet<string>; alone: boolean },
  signal: AbortSignal,
): Promise<Outcome> {
  const { jobId, slots } = job;
  try {
    const input = await task.input();
    if (alone) {
      const slot = await slots.acquireAlone({ jobId, signal });
      return await attemptTask(job, task, { ...slot, lane: ANY_LANE, input }, signal);
    }
    const slot = await slots.acquire({ jobId, incarnation: home?.incarnation ?? null, avoid, signal });
    return await raceAttempts(job, task, { ...slot, lane: home?.lane ?? ANY_LANE, input }, signal, (failed) => {
      noteFailure(job, task, failed, true);
      giveUpLost(job, failed);
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', executor: null, error: toMillraceError(error) };
  }
}

/** Whether the executor ended while it ran the task. In company that proves nothing, so nobody waits to be sure. */
async function endedExecutor(
  job: JobContext,
  { executor, error }: Failure,
  alone: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (executor === null || error.code !== 'EXECUTOR_LOST') return false;
  return !alone || (await hasDied(job, executor, signal));
}

function noteFailure(job: JobContext, task: TaskPlan, failure: Failure, willRetry: boolean): void {
  const { error } = failure;
  const failed = failedTask(task, failure);
  const { batchId: batch, stage, index, executor } = failed;
  job.log.warn({ batch, stage, task: index, attempt: task.lastAttempt(), executor, code: error.code }, error.message);
  job.events.attemptFailed({ ...failed, willRetry });
}

function failedTask({ batchId, stage, index, home }: TaskPlan, { error, executor }: Failure) {
  return { batchId, stage, index, error, executor: executor?.executorId ?? home?.incarnation ?? 'any executor' };
}
