import type { WatchEventInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { RegistryEvent } from '../dispatch/executor-registry.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import { summaryOf } from './job-views.ts';

/** A watcher that falls behind by so many events is cut off, so that it cannot fill the driver's memory. */
const QUEUED_EVENTS_MAX = 10_000;

/** Present status, then an event per batch, status change and noteworthy happening, until the caller leaves. */
export async function* watchJob(
  runner: JobRunner,
  onRegistryEvent: (listener: (event: RegistryEvent) => void) => () => void,
  nowMs: () => number,
  signal: AbortSignal,
): AsyncGenerator<WatchEventInput> {
  const queue: WatchEventInput[] = [];
  let wake = Promise.withResolvers<void>();
  const push = (event: WatchEventInput) => {
    queue.push(event);
    wake.resolve();
  };
  const unsubscribeJob = runner.hub.subscribe((event) => {
    const job = summaryOf(runner);
    if (event.kind === 'progress') push({ job, progress: event.progress });
    else if (event.kind === 'sinkText') push({ job, sinkText: event.text });
    else if (event.kind === 'task') push({ job, task: event.task });
    else push({ job });
  });
  const unsubscribeRegistry = onRegistryEvent((event) => {
    push({ job: summaryOf(runner), task: { kind: event.kind, text: registryText(event), atMs: nowMs() } });
  });
  const onAbort = () => wake.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    yield { job: summaryOf(runner), progress: runner.now().lastProgress };
    while (!signal.aborted) {
      if (queue.length > QUEUED_EVENTS_MAX) throw new MillraceError('TIMED_OUT', 'this watcher reads too slowly');
      const event = queue.shift();
      if (event) {
        yield event;
        continue;
      }
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    unsubscribeJob();
    unsubscribeRegistry();
  }
}

function registryText(event: RegistryEvent): string {
  const { executorId, lanes, address } = event.executor;
  switch (event.kind) {
    case 'executorJoined':
      return `executor "${executorId}" joined (${lanes} lanes, ${address})`;
    case 'executorDraining':
      return `executor "${executorId}" is draining`;
    case 'executorLeft':
      return `executor "${executorId}" has left`;
    case 'executorLost':
      return `executor "${executorId}" was lost: ${event.reason}`;
    default:
      return event satisfies never;
  }
}
