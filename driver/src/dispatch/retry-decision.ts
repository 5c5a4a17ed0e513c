import type { MillraceError } from '@millrace/shared/errors';

/** Attempts of one task that end in an error of the task itself. */
export const TASK_FAILURES_MAX = 4;
/** Attempts of one task that end because its executor went away: not the task's fault, yet bounded. */
export const EXECUTOR_LOSSES_MAX = 20;
const BACKOFF_INITIAL_MS = 100;
const BACKOFF_MAX_MS = 5_000;

export type TaskHistory = { failures: number; executorLosses: number };

export type RetryDecision =
  /** Try again after `delayMs`; `elsewhere`: not on the executor that failed, when there is another. */
  | { kind: 'retry'; delayMs: number; elsewhere: boolean; history: TaskHistory; executorLost: boolean }
  /** The task's input blocks are gone: run the tasks that made them again, then retry. */
  | { kind: 'remakeBlocks'; history: TaskHistory }
  /** The executor has not been told of the job, or has forgotten it. */
  | { kind: 'reopenJob'; history: TaskHistory }
  | { kind: 'fail'; error: MillraceError };

/** What to do about a failed attempt. `history` counts what happened to this task before. */
export function decideRetry(error: MillraceError, history: TaskHistory): RetryDecision {
  const failures = history.failures + 1;
  const executorLosses = history.executorLosses + 1;
  switch (error.code) {
    case 'EXECUTOR_LOST':
    case 'EXECUTOR_DRAINING':
      if (executorLosses > EXECUTOR_LOSSES_MAX) return { kind: 'fail', error };
      return {
        kind: 'retry',
        delayMs: 0,
        elsewhere: true,
        history: { ...history, executorLosses },
        executorLost: error.code === 'EXECUTOR_LOST',
      };
    case 'JOB_NOT_OPEN':
      return failures > TASK_FAILURES_MAX
        ? { kind: 'fail', error }
        : { kind: 'reopenJob', history: { ...history, failures } };
    case 'BLOCK_LOST':
      if (executorLosses > EXECUTOR_LOSSES_MAX) return { kind: 'fail', error };
      return { kind: 'remakeBlocks', history: { ...history, executorLosses } };
    default: {
      if (error.retry === 'none' || failures >= TASK_FAILURES_MAX) return { kind: 'fail', error };
      const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_INITIAL_MS * 2 ** history.failures);
      return { kind: 'retry', delayMs, elsewhere: true, history: { ...history, failures }, executorLost: false };
    }
  }
}
