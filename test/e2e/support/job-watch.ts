import type { Progress, WatchEvent } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import type { ControlClient } from '../../../cli/src/driver-client/driver-client.ts';
import { watchJob } from '../../../cli/src/driver-client/watch-job.ts';

/** Everything a job tells those who watch it, over restarts of the driver. */
export type JobWatch = {
  /** So far. */
  events(): readonly WatchEvent[];
  /**
   * Resolves with the first event, past or to come, for which `holds`. Rejects with what was seen when the job failed
   * before, or after `withinMs`.
   */
  until(what: string, holds: (event: WatchEvent) => boolean, withinMs?: number): Promise<WatchEvent>;
  close(): Promise<void>;
};

type Waiter = { holds(event: WatchEvent): boolean; resolve(event: WatchEvent): void; reject(error: Error): void };

/** No single wait of a test takes longer, on two cores shared with another test and its brokers. */
const WAIT_MAX_MS = 45_000;

/** As many of the last events are told when a wait is over in vain. */
const TOLD_EVENTS = 8;

export function openJobWatch(client: ControlClient, jobId: string): JobWatch {
  const left = new AbortController();
  const events: WatchEvent[] = [];
  const waiters = new Set<Waiter>();

  function settle(settled: Waiter[], how: (waiter: Waiter) => void): void {
    for (const waiter of settled) {
      waiters.delete(waiter);
      how(waiter);
    }
  }
  function take(event: WatchEvent): void {
    events.push(event);
    settle(
      [...waiters].filter((waiter) => waiter.holds(event)),
      (waiter) => waiter.resolve(event),
    );
    if (event.job?.status !== 'failed') return;
    const { code, message } = event.job.failure ?? {};
    settle([...waiters], (waiter) => waiter.reject(new Error(`job ${jobId} failed: ${message} (${code})`)));
  }
  async function follow(): Promise<void> {
    for await (const step of watchJob({ clock: systemClock, signal: left.signal }, client, jobId)) {
      if (step.kind === 'event') take(step.event);
    }
  }
  const following = follow().catch((error: unknown) =>
    settle([...waiters], (waiter) => waiter.reject(new Error(`watching ${jobId} ended`, { cause: error }))),
  );

  return {
    events: () => events,
    until: (what, holds, withinMs = WAIT_MAX_MS) =>
      new Promise((resolve, reject) => {
        const seen = events.find(holds);
        if (seen) return resolve(seen);
        const timer = setTimeout(() => {
          const told = events.slice(-TOLD_EVENTS).map(inShort).join('\n  ');
          settle([waiter], () => waiter.reject(new Error(`${jobId}: ${what} not seen in ${withinMs} ms:\n  ${told}`)));
        }, withinMs);
        const waiter: Waiter = {
          holds,
          resolve: (event) => {
            clearTimeout(timer);
            resolve(event);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error);
          },
        };
        waiters.add(waiter);
      }),
    close: async () => {
      left.abort();
      await following;
    },
  };
}

function inShort({ job, progress, task }: WatchEvent): string {
  const batch = progress ? ` batch ${progress.batchId}: ${offsetsOf(progress)}` : '';
  const failure = job?.failure ? ` ${job.failure.code}: ${job.failure.message}` : '';
  return `${job?.status}${batch}${task ? ` ${task.text}` : ''}${failure}`;
}

const offsetsOf = ({ partitions }: Progress) => partitions.map(({ offset }) => offset).join(' ');
