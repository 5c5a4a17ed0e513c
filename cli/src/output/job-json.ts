import type { ExecutorSummary, Failure, JobSummary, Progress, TableStatus } from '@millrace/proto';

// The shapes of `--json`: a contract of its own, so that the wire may change without breaking scripts. Instants are
// ISO-8601 in UTC; other quantities end in their unit; what is not there is null, never left out.

export type FailureJson = { code: string; message: string; hint: string };
export type JobJson = {
  jobId: string;
  status: string;
  lastBatch: number | null;
  submittedAt: string;
  lagRecords: number;
  recordsPerSecond: number;
  failure: FailureJson | null;
};

export function jobJson(job: JobSummary): JobJson {
  return {
    jobId: job.jobId,
    status: job.status,
    lastBatch: job.lastBatch < 0 ? null : job.lastBatch,
    submittedAt: iso(job.submittedMs),
    lagRecords: job.lagRecords,
    recordsPerSecond: job.recordsPerSecond,
    failure: failureFields(job.failure),
  };
}

export function progressJson(progress: Progress) {
  const { watermarkMs } = progress;
  return {
    jobId: progress.jobId,
    batchId: progress.batchId,
    timestamp: iso(progress.timestampMs),
    durationMs: toMicroseconds(progress.durationMs),
    phasesMs: Object.fromEntries(progress.phases.map(({ phase, ms }) => [phase, toMicroseconds(ms)])),
    counts: progress.counts,
    watermark: watermarkMs === undefined ? null : iso(watermarkMs),
    tasks: progress.tasks,
    retries: progress.retries,
    secondAttempts: progress.secondAttempts,
    partitions: progress.partitions,
    state: progress.state,
  };
}

export function tableJson({ loadedMs, checkedMs, failure, version, ...table }: TableStatus) {
  const instant = (ms: number) => (ms === 0 ? null : iso(ms));
  return {
    ...table,
    version: version === '' ? null : version,
    loadedAt: instant(loadedMs),
    checkedAt: instant(checkedMs),
    failure: failureFields(failure),
  };
}

export function executorJson(executor: ExecutorSummary) {
  const { lastHeartbeatMs, ...rest } = executor;
  return { ...rest, lastHeartbeatAt: iso(lastHeartbeatMs) };
}

export function failureFields(failure: Failure | null): FailureJson | null {
  return failure === null ? null : { code: failure.code, message: failure.message, hint: failure.hint };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** What clocks measure beyond a microsecond is noise. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
