import type { MillraceError } from '@millrace/shared/errors';

/** Attempts of one task that end in an error of the task itself. */
export const TASK_FAILURES_MAX = 4;
/** Attempts of one task that end because its executor went away: not the task's fault, yet bounded. */
export const EXECUTOR_LOSSES_MAX = 20;
const BACKOFF_INITIAL_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** While the brokers or the store are away, so that a job goes on soon after they are back. */
const OUTAGE_BACKOFF_MAX_MS = 2_000;

export type TaskHistory = {
  failures: number;
  executorLosses: number;
  /** Attempts that found the brokers or the store away: not the task's fault, and no number of them is too many. */
  outages: number;
};

export const NO_HISTORY: TaskHistory = { failures: 0, executorLosses: 0, outages: 0 };

export type RetryDecision =
  /** Try again after `delayMs`; `elsewhere`: not on the executor that failed, when there is another. */
  | { kind: 'retry'; delayMs: number; elsewhere: boolean; history: TaskHistory }
  /** What every task needs is away: the job waits for it, and says so. */
  | { kind: 'waitOut'; delayMs: number; history: TaskHistory }
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
      return { kind: 'retry', delayMs: 0, elsewhere: true, history: { ...history, executorLosses } };
    case 'KAFKA_UNAVAILABLE':
    case 'STORE_UNAVAILABLE': {
      const { outages } = history;
      const delayMs = backoff(outages, OUTAGE_BACKOFF_MAX_MS);
      return { kind: 'waitOut', delayMs, history: { ...history, outages: outages + 1 } };
    }
    case 'JOB_NOT_OPEN':
      return failures > TASK_FAILURES_MAX
        ? { kind: 'fail', error }
        : { kind: 'reopenJob', history: { ...history, failures } };
    case 'BLOCK_LOST':
      if (executorLosses > EXECUTOR_LOSSES_MAX) return { kind: 'fail', error };
      return { kind: 'remakeBlocks', history: { ...history, executorLosses } };
    default: {
      if (error.retry === 'none' || failures >= TASK_FAILURES_MAX) return { kind: 'fail', error };
      const delayMs = backoff(history.failures, BACKOFF_MAX_MS);
      return { kind: 'retry', delayMs, elsewhere: true, history: { ...history, failures } };
    }
  }
}

/** `before`: attempts that failed before this one. */
const backoff = (before: number, maxMs: number): number => Math.min(maxMs, BACKOFF_INITIAL_MS * 2 ** before);
