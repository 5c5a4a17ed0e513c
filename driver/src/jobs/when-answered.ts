import { persistently } from '../commit/persistently.ts';
import type { JobContext } from './job-context.ts';

/** Takes a step of a run that is safe to repeat, as often as it takes while the store or the brokers are away, and tells of the wait. */
export async function whenAnswered<T>(
  { clock, signal, log, events }: Pick<JobContext, 'clock' | 'signal' | 'log' | 'events'>,
  step: () => Promise<T>,
): Promise<T> {
  let waited = false;
  const answer = await persistently(
    {
      clock,
      signal,
      onWait(error) {
        waited = true;
        log.warn({ err: error, code: error.code }, 'waiting for the store or the brokers');
        events.waits(error);
      },
    },
    step,
  );
  if (waited) events.goesOn();
  return answer;
}
