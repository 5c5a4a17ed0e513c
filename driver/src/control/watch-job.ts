import type { WatchEventInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { RegistryEvent } from '../dispatch/executor-registry.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { JobEvent, TaskOfBatch } from '../progress/job-events.ts';
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
    push({ job, ...newsOf(event, nowMs()) });
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

function newsOf(event: JobEvent, atMs: number): Pick<WatchEventInput, 'progress' | 'sinkText' | 'task'> {
  switch (event.kind) {
    case 'status':
    case 'tableLooked':
      return {};
    case 'progress':
      return { progress: event.progress };
    case 'sinkText':
      return { sinkText: event.text };
    case 'attemptFailed': {
      const { willRetry, executor, error } = event.attempt;
      const text = `${taskText(event.attempt)} ${willRetry ? 'is retried' : 'failed'}; ${executor}: ${error.message}`;
      return { task: { kind: willRetry ? 'taskRetried' : 'taskFailed', text, atMs } };
    }
    case 'secondAttempt': {
      const { step, executor } = event.attempt;
      const text =
        step === 'begun' ? `straggles; a second attempt runs on ${executor}` : `was done first by ${executor}`;
      return { task: { kind: 'taskSpeculated', text: `${taskText(event.attempt)} ${text}`, atMs } };
    }
    case 'poison': {
      const { found } = event.search;
      const text = found === null ? 'fails again and again; looking for the record' : `fails because of ${found}`;
      return { task: { kind: 'poison', text: `${taskText(event.search)} ${text}`, atMs } };
    }
    default:
      return event satisfies never;
  }
}

const taskText = ({ batchId, stage, index }: TaskOfBatch) => `batch ${batchId}: task ${stage}/${index}`;

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
