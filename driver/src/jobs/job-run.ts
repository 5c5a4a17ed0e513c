import type { Clock, Random } from '@millrace/shared/clock';
import { NO_BATCH, newToken } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { BlobStore, CommitStore, Takeover } from '@millrace/shared/store';
import { persistently } from '../commit/persistently.ts';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import { createJobOpener } from '../dispatch/job-opener.ts';
import type { LaneSlots } from '../dispatch/lane-slots.ts';
import { executeMicroBatches } from '../micro-batch-execution.ts';
import { createKafkaOffsetSource } from '../planning/kafka-offset-source.ts';
import type { OffsetSource } from '../planning/offset-source.ts';
import type { JobEvents } from '../progress/job-events.ts';
import { createOffsetMirror } from '../progress/offset-mirror.ts';
import { assertKeepsState } from '../recovery/resume-decision.ts';
import { sweepOrphanBlobs } from '../recovery/sweep-orphan-blobs.ts';
import { keepTables } from '../tables/keep-tables.ts';
import type { TableLoader } from '../tables/table-loader.ts';
import type { ConnectKafka } from './check-online.ts';
import type { CompileText } from './compile-text.ts';
import { whenAnswered } from './when-answered.ts';

export type RunnerDependencies = {
  commits: CommitStore;
  blobs: BlobStore;
  registry: ExecutorRegistry;
  slots: LaneSlots;
  compile: CompileText;
  connectKafka: ConnectKafka;
  loader: TableLoader;
  clock: Clock;
  random: Random;
  log: Logger;
};

export type JobRunSignals = {
  /** Aborted: drop everything now. */
  signal: AbortSignal;
  /** Aborted: end after the running batch. */
  stopping: AbortSignal;
};

/**
 * One run of a job, from taking it over to the end of its trigger: a new driver epoch, the plan compiled anew, batches until there are no
 * more. `started` is told what was taken over once the job is about to run.
 */
export async function runJob(
  deps: RunnerDependencies & { events: JobEvents },
  takeover: Takeover,
  signals: JobRunSignals,
  started: (plan: JobPlan) => Promise<void>,
): Promise<void> {
  const { jobId, specText, fileName } = takeover.job;
  const { signal } = signals;
  const compiled = await deps.compile(specText, fileName);
  assertKeepsState(takeover.state, compiled.plan);
  await adoptPlan(deps, takeover, compiled.plan, signal);
  const offsets = await whenAnswered({ ...deps, signal }, () => openOffsets(deps, jobId, compiled.spec));
  const tables = keepTables(compiled, takeover, deps);
  const mirror = createOffsetMirror({ ...deps, jobId, offsets, signal });
  try {
    await started(compiled.plan);
    void sweepOrphanBlobs(deps.blobs, jobId, takeover, deps.log);
    const opener = createJobOpener(identityOf(takeover, deps.random), compiled);
    await executeMicroBatches(
      { ...deps, ...compiled, ...signals, jobId, driverEpoch: takeover.epoch, offsets, opener, mirror, tables },
      takeover,
    );
  } finally {
    tables.close();
    await mirror.close();
    await offsets.close();
  }
}

function identityOf({ job, epoch, lastCommit }: Takeover, random: Random) {
  const { jobId, submittedMs } = job;
  const lastBatch = lastCommit?.batchId ?? NO_BATCH;
  return { jobId, driverEpoch: epoch, run: newToken(epoch, random), submittedMs, lastBatch };
}

/** Takes the job over: from now on this driver's epoch is the only one that may write to it. */
export function takeOver(
  deps: RunnerDependencies,
  jobId: Takeover['job']['jobId'],
  signal: AbortSignal,
): Promise<Takeover> {
  return whenReachable(deps, signal, () => deps.commits.takeOver(jobId));
}

/** Repeats a step while the store or the brokers are away. */
export function whenReachable<T>(
  { clock, log }: Pick<RunnerDependencies, 'clock' | 'log'>,
  signal: AbortSignal,
  step: () => Promise<T>,
): Promise<T> {
  return persistently(
    { clock, signal, onWait: (error) => log.warn({ err: error }, 'waiting for the store or the brokers') },
    step,
  );
}

/** Between batches a job may go on under a plan that another version of Millrace compiled from the same spec. */
async function adoptPlan(
  deps: RunnerDependencies,
  takeover: Takeover,
  { hash }: JobPlan,
  signal: AbortSignal,
): Promise<void> {
  if (takeover.job.planHash === hash || takeover.pending !== null) return;
  await whenReachable(deps, signal, () => deps.commits.updateJob(takeover.epoch, { ...takeover.job, planHash: hash }));
}

async function openOffsets(deps: RunnerDependencies, purpose: string, spec: JobSpec): Promise<OffsetSource> {
  const sources = await Promise.all(
    spec.sources.map(async (source) => ({ spec: source, kafka: await deps.connectKafka(source.connection, purpose) })),
  );
  return createKafkaOffsetSource(sources);
}
