import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';

export type AttemptKey = { jobId: string; batchId: number; driverEpoch: number; attemptId: string };

/** Ends the attempt with this error, wherever it is. */
export type CancelAttempt = (why: MillraceError) => void;

/** What runs on this executor, and the means to stop it. */
export type RunningAttempts = {
  /**
   * Runs `work` under a signal that is aborted when the caller leaves, `abort` matches or the work itself cancels. INTERNAL
   * when this very attempt runs already: attempts are never reused.
   */
  run<Result>(
    key: AttemptKey,
    caller: AbortSignal,
    work: (signal: AbortSignal, cancel: CancelAttempt) => Promise<Result>,
  ): Promise<Result>;
  /** Aborts what matches and resolves when all of it has ended, however it ended. */
  abort(matches: (key: AttemptKey) => boolean, why: string): Promise<void>;
  /** The same for all there are, because the executor ends: their callers learn that others have to run them. */
  abortAll(): Promise<void>;
  count(): number;
};

/**
 * A cancelled attempt ends within this time, or never: its statement is interrupted at once, and every call that it may
 * wait for knows an end of its own (Redis 5 s, Kafka by the signal).
 */
export const CANCEL_GRACE_MS = 30_000;

export type RunningAttemptsDeps = {
  clock: Clock;
  /** A cancelled attempt does not end: something in this process hangs, and only the end of the process frees it. */
  onStuck(error: MillraceError): void;
};

export function createRunningAttempts({ clock, onStuck }: RunningAttemptsDeps): RunningAttempts {
  type Entry = { key: AttemptKey; controller: AbortController; ended: Promise<unknown> };
  const entries = new Map<string, Entry>();

  function begin(key: AttemptKey): { controller: AbortController; end(): void } {
    const controller = new AbortController();
    const ended = new AbortController();
    const awaitEnd = () =>
      clock.delay(CANCEL_GRACE_MS, ended.signal).then(
        () => onStuck(stuck(key)),
        () => {},
      );
    controller.signal.addEventListener('abort', awaitEnd, { once: true });
    return { controller, end: () => ended.abort() };
  }

  async function abortWith(matches: (entry: Entry) => boolean, why: MillraceError): Promise<void> {
    const hit = [...entries.values()].filter(matches);
    for (const { controller } of hit) controller.abort(why);
    await Promise.all(hit.map(({ ended }) => ended));
  }

  return {
    run: async (key, caller, work) => {
      const id = `${key.jobId}/${key.attemptId}`;
      if (entries.has(id)) throw new MillraceError('INTERNAL', `attempt ${key.attemptId} runs already`);
      const { controller, end } = begin(key);
      const onCallerGone = () => controller.abort(cancelled('the caller left'));
      if (caller.aborted) onCallerGone();
      caller.addEventListener('abort', onCallerGone, { once: true });
      const working = Promise.try(() => work(controller.signal, (why) => controller.abort(why)));
      entries.set(id, { key, controller, ended: working.catch(() => {}) });
      try {
        return await working;
      } finally {
        end();
        caller.removeEventListener('abort', onCallerGone);
        entries.delete(id);
      }
    },
    abort: (matches, why) => abortWith(({ key }) => matches(key), cancelled(why)),
    abortAll: () => abortWith(() => true, new MillraceError('EXECUTOR_DRAINING', 'this executor ends')),
    count: () => entries.size,
  };
}

function cancelled(why: string): MillraceError {
  return new MillraceError('CANCELLED', `the attempt was cancelled: ${why}`);
}

function stuck({ jobId, attemptId }: AttemptKey): MillraceError {
  const message = `attempt ${attemptId} of job '${jobId}' was cancelled and does not end`;
  return new MillraceError('EXECUTOR_LOST', message, { details: { jobId, attemptId } });
}
