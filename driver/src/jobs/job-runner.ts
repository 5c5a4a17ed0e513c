import type { Progress, TableStatusInput } from '@millrace/proto';
import { within } from '@millrace/shared/clock';
import { MillraceError, toFailure, toMillraceError } from '@millrace/shared/errors';
import { type DriverEpoch, driverEpoch } from '@millrace/shared/ids';
import { childLogger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import { parseSpec } from '@millrace/shared/spec';
import type { JobRecord, JobStatus, RecordCounts } from '@millrace/shared/store';
import { addCounts, NO_COUNTS } from '../commit/counts.ts';
import { createJobEventHub, type JobEventHub, type JobEvents } from '../progress/job-events.ts';
import { createThroughput } from '../progress/throughput.ts';
import { assertNotOlder } from '../recovery/resume-decision.ts';
import { type RunnerDependencies, runJob, takeOver, whenReachable } from './job-run.ts';
import { decideRestart } from './restart-decision.ts';

/** One job in this driver, running or not. */
export type JobRunner = {
  readonly record: JobRecord;
  readonly hub: JobEventHub;
  /** As it stands now. */
  now(): JobView;
  /** It runs, or somebody looked at its state a short while ago: executors should keep what they hold of it. */
  isInUse(): boolean;
  /** Somebody looks at its state. */
  touch(): void;
  /** The job has another record; it must not run. */
  update(record: JobRecord): void;
  /** Takes the job over and runs it, restarting as its policy says. Nothing happens when it runs already. */
  start(): void;
  /** Ends after the running batch; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends now; the running batch will be replayed. */
  cancel(): Promise<void>;
  /** Leaves the job as it is for the next driver. */
  abandon(): Promise<void>;
};

export type JobView = {
  status: JobStatus;
  /** −1: none yet. */
  lastBatch: number;
  lastProgress: Progress | null;
  /** Of the batches committed since this driver leads. */
  totals: RecordCounts;
  restarts: number;
  /** Those that are read again and again. */
  tables: TableStatusInput[];
  /** Null until it was compiled in this driver. */
  plan: JobPlan | null;
  epoch: DriverEpoch;
  /** Records per second, of the last seconds. */
  recordsPerSecond: number;
};

type Run = { cancel: AbortController; stopping: AbortController; ended: Promise<void> };

/** Longer than a query over state may take. */
const KEPT_AFTER_LOOK_MS = 90_000;
/** Recording the last status of a cancelled job waits no longer for the store. */
const LAST_STATUS_TIMEOUT_MS = 10_000;

export function createJobRunner(dependencies: RunnerDependencies, submitted: JobRecord): JobRunner {
  const { clock, commits } = dependencies;
  const { jobId } = submitted;
  let record = submitted;
  const hub = createJobEventHub();
  const log = childLogger(dependencies.log, { job: jobId });
  const view: Omit<JobView, 'recordsPerSecond'> = {
    ...{
      status: record.status,
      lastBatch: -1,
      lastProgress: null,
      totals: NO_COUNTS,
      restarts: 0,
      tables: [],
      plan: null,
    },
    epoch: driverEpoch(0),
  };
  let throughput = createThroughput(clock.monotonic());
  const counted = (records: number) => throughput.add(records, clock.monotonic());
  const deps = { ...dependencies, log, events: eventsOf(view, hub, counted) };
  let run: Run | null = null;
  /** The present run has its epoch from the store. */
  let tookOver = false;
  /** The newest driver epoch that an executor refused this driver for: the store must know it as well. */
  let epochHeard = 0;
  let touchedMs = Number.NEGATIVE_INFINITY;

  async function setStatus(status: JobStatus, signal: AbortSignal): Promise<void> {
    view.status = status;
    hub.emit({ kind: 'status' });
    await whenReachable(deps, signal, () => commits.setStatus(jobId, view.epoch, status));
  }

  /**
   * That a job of a corrupt store must not go on has to be recorded, even where the store is older than this driver or the takeover
   * failed. But what looks corrupt to a driver that another one has replaced may be the other's work: STALE_DRIVER_EPOCH then.
   */
  async function setStatusDespite(status: JobStatus, signal: AbortSignal): Promise<void> {
    if (tookOver) {
      try {
        return await setStatus(status, signal);
      } catch (thrown) {
        if (toMillraceError(thrown).code !== 'STORE_CORRUPT') throw thrown;
      }
    }
    view.epoch = await whenReachable(deps, signal, () => commits.raiseEpoch(jobId));
    await setStatus(status, signal);
  }

  async function runOnce({ cancel, stopping }: Omit<Run, 'ended'>): Promise<void> {
    const { signal } = cancel;
    tookOver = false;
    const takeover = await takeOver(deps, jobId, signal);
    assertNotOlder(takeover, { epoch: Math.max(view.epoch, epochHeard), lastBatch: view.lastBatch }, record);
    view.epoch = takeover.epoch;
    tookOver = true;
    view.lastBatch = takeover.lastCommit?.batchId ?? -1;
    await runJob(deps, takeover, { signal, stopping: stopping.signal }, async (plan) => {
      view.plan = plan;
      // A job that failed and tries again goes on saying why, until it has done something.
      const { failureJson } = view.status;
      await setStatus({ desired: 'running', observed: 'running', failureJson }, signal);
      log.info({ batch: view.lastBatch, epoch: view.epoch }, 'job runs, from the batch after this one');
    });
  }

  async function runUntilEnd(current: Omit<Run, 'ended'>): Promise<void> {
    const { signal } = current.cancel;
    const failures: number[] = [];
    for (;;) {
      try {
        await runOnce(current);
        const observed = current.stopping.signal.aborted ? 'stopped' : 'finished';
        log.info({ batch: view.lastBatch }, `job ${observed}`);
        return await setStatus({ desired: 'stopped', observed, failureJson: null }, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        failures.push(clock.monotonic());
        if (!(await recover(toMillraceError(thrown), failures, signal))) return;
      }
    }
  }

  /** True: run again. */
  async function recover(error: MillraceError, failures: number[], signal: AbortSignal): Promise<boolean> {
    try {
      return await actOn(error, failures, signal);
    } catch (thrown) {
      // Somebody took the job over while this driver was busy with its own trouble; that is the trouble now.
      const stale = toMillraceError(thrown);
      if (stale.code !== 'STALE_DRIVER_EPOCH') throw thrown;
      return await actOn(stale, failures, signal);
    }
  }

  async function actOn(error: MillraceError, failures: number[], signal: AbortSignal): Promise<boolean> {
    const parsed = parseSpec(record.specText, record.fileName);
    const decision = parsed.ok
      ? decideRestart(error, failures, parsed.spec.restart)
      : ({ kind: 'fail', tooMany: false } as const);
    log.error({ err: error, code: error.code, decision: decision.kind }, error.message);
    switch (decision.kind) {
      case 'takeBack':
        failures.pop();
        epochHeard = Math.max(epochHeard, Number(error.details.epochSeen ?? 0));
        view.status = { ...view.status, observed: 'restarting', failureJson: asJson(error) };
        hub.emit({ kind: 'status' });
        await clock.delay(decision.delayMs, signal);
        return true;
      case 'fail': {
        const reason = decision.tooMany ? tooManyFailures(failures.length, error) : error;
        const status = { desired: 'stopped', observed: 'failed', failureJson: asJson(reason) } as const;
        if (error.code === 'STORE_CORRUPT') await setStatusDespite(status, signal);
        else await setStatus(status, signal);
        return false;
      }
      case 'restart':
        view.restarts++;
        await setStatus({ desired: 'running', observed: 'restarting', failureJson: asJson(error) }, signal);
        await clock.delay(decision.delayMs, signal);
        return true;
      default:
        return decision satisfies never;
    }
  }

  function start(): void {
    if (run) return;
    view.status = { desired: 'running', observed: 'starting', failureJson: null };
    throughput = createThroughput(clock.monotonic());
    const current = { cancel: new AbortController(), stopping: new AbortController() };
    const ended = runUntilEnd(current)
      .catch((error: unknown) => {
        if (!current.cancel.signal.aborted) log.error({ err: error }, 'the job ended, and its status was not recorded');
      })
      .finally(() => {
        run = null;
      });
    run = { ...current, ended };
  }

  async function end(how: 'stopping' | 'cancel'): Promise<boolean> {
    const current = run;
    if (!current) return false;
    current[how].abort(new MillraceError('CANCELLED', 'the job was told to end'));
    await current.ended;
    return true;
  }

  return {
    get record() {
      return record;
    },
    update: (changed) => {
      record = changed;
    },
    hub,
    isInUse: () => run !== null || clock.monotonic() - touchedMs < KEPT_AFTER_LOOK_MS,
    touch: () => {
      touchedMs = clock.monotonic();
    },
    now: () => ({ ...view, recordsPerSecond: throughput.rate(clock.monotonic()) }),
    start,
    async stop() {
      if (run) view.status = { ...view.status, observed: 'stopping' };
      hub.emit({ kind: 'status' });
      await end('stopping');
    },
    async cancel() {
      if (!(await end('cancel'))) return;
      const status = { desired: 'stopped', observed: 'stopped', failureJson: null } as const;
      await within(clock, LAST_STATUS_TIMEOUT_MS, (signal) => setStatus(status, signal));
    },
    async abandon() {
      await end('cancel');
    },
  };
}

function eventsOf(
  view: Omit<JobView, 'recordsPerSecond'>,
  hub: JobEventHub,
  counted: (records: number) => void,
): JobEvents {
  /** What the input waits for, shown while nothing worse is. */
  let blocked: string | null = null;
  function show(failureJson: string | null): void {
    view.status = { ...view.status, failureJson };
    hub.emit({ kind: 'status' });
  }
  return {
    progress(progress) {
      counted(progress.counts?.recordsIn ?? 0);
      // What went wrong before is over once a batch is done.
      view.status = { ...view.status, failureJson: blocked };
      view.lastProgress = progress;
      view.totals = addCounts(view.totals, progress.counts);
      view.lastBatch = progress.batchId;
      hub.emit({ kind: 'progress', progress });
    },
    sinkText(text) {
      if (text !== '') hub.emit({ kind: 'sinkText', text });
    },
    attemptFailed: (attempt) => hub.emit({ kind: 'attemptFailed', attempt }),
    poison: (search) => hub.emit({ kind: 'poison', search }),
    secondAttempt: (attempt) => hub.emit({ kind: 'secondAttempt', attempt }),
    tables(tables) {
      view.tables = tables;
    },
    tableLooked: (table, succeeded) => hub.emit({ kind: 'tableLooked', table, succeeded }),
    waits: (error) => show(asJson(error)),
    goesOn: () => show(blocked),
    blocked(error) {
      blocked = error && asJson(error);
      show(blocked);
    },
  };
}

const asJson = (error: MillraceError): string => JSON.stringify(toFailure(error));

function tooManyFailures(count: number, last: MillraceError): MillraceError {
  return new MillraceError('TOO_MANY_FAILURES', `the job failed ${count} times; the last time: ${last.message}`, {
    hint: last.hint,
    cause: last,
  });
}
