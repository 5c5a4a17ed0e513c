import type { Clock } from '@millrace/shared/clock';
import { type MillraceError, toMillraceError } from '@millrace/shared/errors';

const BACKOFF_INITIAL_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/**
 * Repeats a step that is safe to repeat while the other side is away (domain external, retry backoff), until it succeeds or the signal is aborted:
 * losing the store or the brokers for a while pauses a job, it does not fail it.
 */
export async function persistently<T>(
  deps: { clock: Clock; signal: AbortSignal; onWait(error: MillraceError): void },
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    deps.signal.throwIfAborted();
    try {
      return await step();
    } catch (thrown) {
      const error = toMillraceError(thrown);
      if (error.retry !== 'backoff') throw error;
      if (attempt === 0) deps.onWait(error);
      await deps.clock.delay(Math.min(BACKOFF_MAX_MS, BACKOFF_INITIAL_MS * 2 ** Math.min(attempt, 10)), deps.signal);
    }
  }
}
