import type { JobDescriptionInput, JobSummaryInput } from '@millrace/proto';
import type { FailureRecord } from '@millrace/shared/errors';
import { parseSpec, redactedYaml } from '@millrace/shared/spec';
import type { JobRunner } from '../jobs/job-runner.ts';

/** A job in one line. */
export function summaryOf(runner: JobRunner): JobSummaryInput {
  const { record } = runner;
  const { status, lastBatch, lastProgress: progress, recordsPerSecond } = runner.now();
  const running = status.observed === 'running' || status.observed === 'stopping';
  return {
    jobId: record.jobId,
    status: status.observed,
    lastBatch,
    submittedMs: record.submittedMs,
    lagRecords: progress?.partitions.reduce((sum, { lag }) => sum + lag, 0) ?? 0,
    recordsPerSecond: running ? recordsPerSecond : 0,
    ...(status.failureJson === null ? {} : { failure: JSON.parse(status.failureJson) as FailureRecord }),
  };
}

/** All there is to say about a job, without its secrets. */
export function describe(runner: JobRunner): JobDescriptionInput {
  const { record } = runner;
  const { plan, restarts, lastProgress, totals, tables } = runner.now();
  const parsed = parseSpec(record.specText, record.fileName);
  return {
    summary: summaryOf(runner),
    specYaml: parsed.ok ? redactedYaml(parsed.spec) : '',
    planJson: plan ? JSON.stringify(plan) : '',
    lastProgress,
    totals,
    restarts,
    state: lastProgress?.state ?? [],
    tables,
  };
}
