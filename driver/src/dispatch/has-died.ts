import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';

/** One that lives hears that it was given up with its next heartbeat, and registers again at once, unless the network keeps it from that. */
const RETURN_MAX_MS = 10_000;

/**
 * Whether a lost executor's process has ended, or it was only cut off: then it comes back as what it was. A new process of the
 * same id is proof; so, for want of a better one, is time.
 */
export async function hasDied(
  { registry, clock }: Pick<JobContext, 'registry' | 'clock'>,
  { executorId, incarnation }: ExecutorEntry,
  signal: AbortSignal,
): Promise<boolean> {
  const successor = () => registry.alive().find((executor) => executor.executorId === executorId);
  const came = new AbortController();
  const unsubscribe = registry.onEvent(() => {
    if (successor()) came.abort();
  });
  try {
    if (!successor()) await clock.delay(RETURN_MAX_MS, AbortSignal.any([signal, came.signal]));
  } catch {
    signal.throwIfAborted();
  } finally {
    unsubscribe();
  }
  return successor()?.incarnation !== incarnation;
}
