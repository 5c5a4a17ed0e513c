import { MillraceError } from '../errors/index.ts';
import type { Clock } from './clock.ts';

/** Runs `step` under a signal that is aborted with TIMED_OUT after `ms`, by the clock that was handed in. */
export async function within<Result>(
  clock: Pick<Clock, 'delay'>,
  ms: number,
  step: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const over = new AbortController();
  clock.delay(ms, over.signal).then(
    () => late.abort(new MillraceError('TIMED_OUT', `it took longer than ${ms} ms`)),
    () => {},
  );
  try {
    return await step(late.signal);
  } finally {
    over.abort();
  }
}
