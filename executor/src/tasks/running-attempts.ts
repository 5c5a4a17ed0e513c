import { MillraceError } from '@millrace/shared/errors';

export type AttemptKey = { jobId: string; batchId: number; driverEpoch: number; attemptId: string };

/** What runs on this executor, and the means to stop it. */
export type RunningAttempts = {
  /**
   * Runs `work` under a signal that is aborted when the caller leaves or `abort` matches. INTERNAL when this very
   * attempt runs already: attempts are never reused.
   */
  run<Result>(key: AttemptKey, caller: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
  /** Aborts what matches and resolves when all of it has ended, however it ended. */
  abort(matches: (key: AttemptKey) => boolean, why: string): Promise<void>;
  count(): number;
};

export function createRunningAttempts(onChange: () => void = () => {}): RunningAttempts {
  type Entry = { key: AttemptKey; controller: AbortController; ended: Promise<unknown> };
  const entries = new Map<string, Entry>();
  return {
    run: async (key, caller, work) => {
      const id = `${key.jobId}/${key.attemptId}`;
      if (entries.has(id)) throw new MillraceError('INTERNAL', `attempt ${key.attemptId} runs already`);
      const controller = new AbortController();
      const onCallerGone = () => controller.abort(cancelled('the caller left'));
      if (caller.aborted) onCallerGone();
      caller.addEventListener('abort', onCallerGone, { once: true });
      const working = Promise.try(() => work(controller.signal));
      entries.set(id, { key, controller, ended: working.catch(() => {}) });
      onChange();
      try {
        return await working;
      } finally {
        caller.removeEventListener('abort', onCallerGone);
        entries.delete(id);
        onChange();
      }
    },
    abort: async (matches, why) => {
      const hit = [...entries.values()].filter(({ key }) => matches(key));
      for (const { controller } of hit) controller.abort(cancelled(why));
      await Promise.all(hit.map(({ ended }) => ended));
    },
    count: () => entries.size,
  };
}

function cancelled(why: string): MillraceError {
  return new MillraceError('CANCELLED', `the attempt was cancelled: ${why}`);
}
