import type { MillraceError } from '@millrace/shared/errors';
import { mayBeByARecord } from '../poison/by-a-record.ts';

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
  /** Executors lost while they ran the task; and of these, while they ran nothing else. */
  deaths: number;
  deathsAlone: number;
  /** Attempts that found the brokers or the store away: not the task's fault, and no number of them is too many. */
  outages: number;
};

export const NO_HISTORY: TaskHistory = { failures: 0, executorLosses: 0, deaths: 0, deathsAlone: 0, outages: 0 };

/** Executors that were lost while they ran the task: from here on it runs alone, so that it is known who ends them. */
export const DEATHS_IN_COMPANY_MAX = 2;
/** Executors that were lost while they ran nothing else: once may be chance. */
export const DEATHS_ALONE_MAX = 2;
/** A task that hangs holds its batch for limits.taskTimeout each time. */
export const TIMEOUTS_MAX = 2;

/** What became of the executor: whether it ended while it ran the attempt, and whether it ran nothing else. */
export type AttemptFacts = { ended: boolean; alone: boolean };

export type RetryDecision =
  /** Try again after `delayMs`, not on the executor that failed when there is another; `alone`: where nothing else runs. */
  | { kind: 'retry'; delayMs: number; alone: boolean; history: TaskHistory }
  /** What every task needs is away: the job waits for it, and says so. */
  | { kind: 'waitOut'; delayMs: number; history: TaskHistory }
  /** The task's input blocks are gone: run the tasks that made them again, then retry. */
  | { kind: 'remakeBlocks'; history: TaskHistory }
  /** The executor has not been told of the job, or has forgotten it. */
  | { kind: 'reopenJob'; history: TaskHistory }
  /** It will fail again. What of its input makes it? */
  | { kind: 'blame'; error: MillraceError }
  | { kind: 'fail'; error: MillraceError };

/** What to do about a failed attempt. `history` counts what happened to this task before. */
export function decideRetry(error: MillraceError, attempt: AttemptFacts, history: TaskHistory): RetryDecision {
  const failures = history.failures + 1;
  const executorLosses = history.executorLosses + 1;
  switch (error.code) {
    case 'EXECUTOR_LOST':
    case 'EXECUTOR_DRAINING':
      if (error.code === 'EXECUTOR_LOST' && attempt.ended) return afterDeath(error, attempt, history);
      if (executorLosses > EXECUTOR_LOSSES_MAX) return { kind: 'fail', error };
      return { kind: 'retry', delayMs: 0, alone: attempt.alone, history: { ...history, executorLosses } };
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
      const failuresMax = error.code === 'TASK_TIMED_OUT' ? TIMEOUTS_MAX : TASK_FAILURES_MAX;
      if (error.retry === 'none' || failures >= failuresMax)
        return { kind: mayBeByARecord(error) ? 'blame' : 'fail', error };
      const delayMs = backoff(history.failures, BACKOFF_MAX_MS);
      return { kind: 'retry', delayMs, alone: attempt.alone, history: { ...history, failures } };
    }
  }
}

function afterDeath(error: MillraceError, { alone }: AttemptFacts, history: TaskHistory): RetryDecision {
  const deaths = history.deaths + 1;
  const deathsAlone = history.deathsAlone + (alone ? 1 : 0);
  if (deathsAlone >= DEATHS_ALONE_MAX) return { kind: 'blame', error };
  const next = { ...history, deaths, deathsAlone };
  return { kind: 'retry', delayMs: 0, alone: deaths >= DEATHS_IN_COMPANY_MAX, history: next };
}

/** `before`: attempts that failed before this one. */
const backoff = (before: number, maxMs: number): number => Math.min(maxMs, BACKOFF_INITIAL_MS * 2 ** before);
