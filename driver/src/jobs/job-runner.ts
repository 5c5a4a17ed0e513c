import type { Progress } from '@millrace/proto';
import type { Clock, Random } from '@millrace/shared/clock';
import { MillraceError, toFailure, toMillraceError } from '@millrace/shared/errors';
import { type DriverEpoch, driverEpoch } from '@millrace/shared/ids';
import { childLogger, type Logger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { SqlFrontend } from '@millrace/shared/sql';
import type { BlobStore, CommitStore, JobRecord, JobStatus, Takeover } from '@millrace/shared/store';
import { persistently } from '../commit/persistently.ts';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import { createJobOpener } from '../dispatch/job-opener.ts';
import type { LaneSlots } from '../dispatch/lane-slots.ts';
import { executeMicroBatches } from '../micro-batch-execution.ts';
import { createKafkaOffsetSource } from '../planning/kafka-offset-source.ts';
import type { OffsetSource } from '../planning/offset-source.ts';
import { createJobEventHub, type JobEventHub, type JobEvents } from '../progress/job-events.ts';
import { sweepOrphanBlobs } from '../recovery/sweep-orphan-blobs.ts';
import type { ConnectKafka } from './check-online.ts';
import { compileText } from './compile-text.ts';
import { decideRestart } from './restart-decision.ts';

export type RunnerDependencies = {
  commits: CommitStore;
  blobs: BlobStore;
  registry: ExecutorRegistry;
  slots: LaneSlots;
  frontend: SqlFrontend;
  connectKafka: ConnectKafka;
  clock: Clock;
  random: Random;
  log: Logger;
};

/** One job in this driver, running or not. */
export type JobRunner = {
  readonly record: JobRecord;
  readonly status: JobStatus;
  readonly lastProgress: Progress | null;
  readonly lastBatch: number;
  readonly restarts: number;
  readonly plan: JobPlan | null;
  readonly epoch: DriverEpoch;
  readonly hub: JobEventHub;
  /** Takes the job over and runs it, restarting as its policy says. Nothing happens when it runs already. */
  start(): void;
  /** Ends after the running batch; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends now; the running batch will be replayed. */
  cancel(): Promise<void>;
  /** Leaves the job as it is for the next driver. */
  abandon(): Promise<void>;
};

type Run = { cancel: AbortController; stopping: AbortController; ended: Promise<void> };

export function createJobRunner(deps: RunnerDependencies, record: JobRecord): JobRunner {
  const { clock, commits } = deps;
  const { jobId } = record;
  const log = childLogger(deps.log, { job: jobId });
  const hub = createJobEventHub();
  let status = record.status;
  let lastProgress: Progress | null = null;
  let lastBatch = -1;
  let restarts = 0;
  let epoch = driverEpoch(0);
  let plan: JobPlan | null = null;
  let run: Run | null = null;

  const events: JobEvents = {
    progress(progress) {
      lastProgress = progress;
      lastBatch = progress.batchId;
      hub.emit({ kind: 'progress', progress });
    },
    sinkText(text) {
      if (text !== '') hub.emit({ kind: 'sinkText', text });
    },
    taskRetried({ stage, index, batchId, executor, error }) {
      const text = `batch ${batchId}: task ${stage}/${index} is retried elsewhere; ${executor}: ${error.message}`;
      hub.emit({ kind: 'task', task: { kind: 'taskRetried', text, atMs: clock.now() } });
    },
  };

  async function setStatus(next: JobStatus, signal: AbortSignal): Promise<void> {
    status = next;
    hub.emit({ kind: 'status' });
    await persistent(signal, () => commits.setStatus(jobId, epoch, next));
  }

  const persistent = <T>(signal: AbortSignal, step: () => Promise<T>) =>
    persistently({ clock, signal, onWait: (error) => log.warn({ err: error }, 'waiting for the store') }, step);

  async function runOnce({ cancel, stopping }: Omit<Run, 'ended'>): Promise<void> {
    const { signal } = cancel;
    const takeover = await persistent(signal, () => commits.takeOver(jobId));
    epoch = takeover.epoch;
    lastBatch = takeover.lastCommit?.batchId ?? -1;
    const compiled = await compileText(takeover.job.specText, takeover.job.fileName, deps.frontend);
    plan = compiled.plan;
    await adoptPlan(takeover, compiled.plan, signal);
    const offsets = await persistent(signal, () => openOffsets(compiled.spec));
    try {
      await setStatus({ desired: 'running', observed: 'running', failureJson: null }, signal);
      void sweepOrphanBlobs(deps.blobs, jobId, takeover, log);
      const opener = createJobOpener({ jobId, driverEpoch: epoch, ...compiled });
      await executeMicroBatches(
        {
          ...deps,
          ...compiled,
          jobId,
          driverEpoch: epoch,
          offsets,
          opener,
          log,
          events,
          signal,
          stopping: stopping.signal,
        },
        takeover,
      );
    } finally {
      await offsets.close();
    }
  }

  /** Between batches a job may go on under a plan that another version of Millrace compiled from the same spec. */
  async function adoptPlan(takeover: Takeover, { hash }: JobPlan, signal: AbortSignal): Promise<void> {
    if (takeover.job.planHash === hash || takeover.pending !== null) return;
    await persistent(signal, () => commits.updateJob(takeover.epoch, { ...takeover.job, planHash: hash }));
  }

  async function openOffsets(spec: JobSpec): Promise<OffsetSource> {
    const sources = await Promise.all(
      spec.sources.map(async (source) => ({ spec: source, kafka: await deps.connectKafka(source.connection, jobId) })),
    );
    return createKafkaOffsetSource(sources);
  }

  async function runUntilEnd(current: Omit<Run, 'ended'>): Promise<void> {
    const { signal } = current.cancel;
    const failures: number[] = [];
    for (;;) {
      try {
        await runOnce(current);
        const observed = current.stopping.signal.aborted ? 'stopped' : 'finished';
        return await setStatus({ desired: 'stopped', observed, failureJson: null }, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(await recover(toMillraceError(thrown), failures, signal))) return;
      }
    }
  }

  /** True: run again. */
  async function recover(error: MillraceError, failures: number[], signal: AbortSignal): Promise<boolean> {
    failures.push(clock.monotonic());
    const decision = decideRestart(error, failures, (await policyOf()) ?? DEFAULT_POLICY);
    log.error({ err: error, code: error.code, decision: decision.kind }, error.message);
    switch (decision.kind) {
      case 'stepDown':
        return false;
      case 'fail': {
        const reason = decision.tooMany
          ? new MillraceError('TOO_MANY_FAILURES', `failed ${failures.length} times; last: ${error.message}`, {
              cause: error,
            })
          : error;
        await setStatus(
          { desired: 'stopped', observed: 'failed', failureJson: JSON.stringify(toFailure(reason)) },
          signal,
        );
        return false;
      }
      case 'restart':
        restarts++;
        await setStatus(
          { desired: 'running', observed: 'restarting', failureJson: JSON.stringify(toFailure(error)) },
          signal,
        );
        await clock.delay(decision.delayMs, signal);
        return true;
      default:
        return decision satisfies never;
    }
  }

  async function policyOf() {
    return (await compileText(record.specText, record.fileName, deps.frontend).catch(() => null))?.spec.restart;
  }

  async function end(how: 'stopping' | 'cancel', keepStatus: boolean): Promise<void> {
    const current = run;
    if (!current) return;
    current[how].abort(new MillraceError('CANCELLED', `the job was told to end`));
    if (how === 'stopping') {
      status = { ...status, observed: 'stopping' };
      hub.emit({ kind: 'status' });
    }
    await current.ended;
    if (how === 'cancel' && !keepStatus) {
      await setStatus({ desired: 'stopped', observed: 'stopped', failureJson: null }, AbortSignal.timeout(10_000));
    }
  }

  return {
    get record() {
      return record;
    },
    get status() {
      return status;
    },
    get lastProgress() {
      return lastProgress;
    },
    get lastBatch() {
      return lastBatch;
    },
    get restarts() {
      return restarts;
    },
    get plan() {
      return plan;
    },
    get epoch() {
      return epoch;
    },
    hub,
    start() {
      if (run) return;
      status = { desired: 'running', observed: 'starting', failureJson: null };
      const current = { cancel: new AbortController(), stopping: new AbortController() };
      const ended = runUntilEnd(current)
        .catch((error: unknown) => {
          if (!current.cancel.signal.aborted) log.error({ err: error }, 'the job ended without its status recorded');
        })
        .finally(() => {
          run = null;
        });
      run = { ...current, ended };
    },
    stop: () => end('stopping', false),
    cancel: () => end('cancel', false),
    abandon: () => end('cancel', true),
  };
}

/** Until the spec of a job is read there is no policy of its own. */
const DEFAULT_POLICY = { failuresMax: 5, spanMs: 600_000, backoffInitialMs: 1_000, backoffMax: 30_000 };
