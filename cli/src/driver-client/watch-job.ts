import type { WatchEvent } from '@millrace/proto';
import { type MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { CliContext } from '../cli-context.ts';
import { type ControlClient, stream } from './driver-client.ts';

export type WatchStep =
  | { kind: 'event'; event: WatchEvent }
  /** The driver went away; the watcher goes on asking. Once per loss. */
  | { kind: 'disconnected'; error: MillraceError }
  | { kind: 'reconnected' };

/** A driver that restarts is back within seconds; one that is away longer needs a person. */
export const RECONNECT_SPAN_MS = 60_000;
const RECONNECT_PAUSE_MS = 500;

/**
 * Events of a job until the caller leaves or the context's signal fires. A driver that was there once may go away for
 * RECONNECT_SPAN_MS; after that, and for every other failure, the error is thrown.
 */
export async function* watchJob(
  context: Pick<CliContext, 'clock' | 'signal'>,
  client: ControlClient,
  jobId: string,
): AsyncGenerator<WatchStep> {
  const { clock, signal } = context;
  let connected = false;
  let lostAt: number | null = null;
  while (!signal.aborted) {
    let failure: MillraceError | null = null;
    try {
      for await (const event of stream(client, 'Watch', { jobId }, { signal })) {
        if (lostAt !== null) yield { kind: 'reconnected' };
        connected = true;
        lostAt = null;
        yield { kind: 'event', event };
      }
    } catch (thrown) {
      failure = toMillraceError(thrown);
    }
    if (signal.aborted) return;
    // A stream that merely ends is a driver that shuts down in good order.
    if (failure !== null && (!connected || failure.code !== 'DRIVER_UNAVAILABLE')) throw failure;
    const error = failure ?? toMillraceError(new Error('the driver closed the stream'), 'DRIVER_UNAVAILABLE');
    if (lostAt === null) {
      lostAt = clock.monotonic();
      yield { kind: 'disconnected', error };
    } else if (clock.monotonic() - lostAt > RECONNECT_SPAN_MS) throw error;
    await clock.delay(RECONNECT_PAUSE_MS, signal).catch(() => undefined);
  }
}
