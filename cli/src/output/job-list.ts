import type { JobSummary } from '@millrace/proto';
import { paintStatus } from './job-status.ts';
import { ago, count, rate } from './quantities.ts';
import type { Style } from './style.ts';
import { renderTable, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'JOB' },
  { title: 'STATUS' },
  { title: 'BATCH', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'SUBMITTED' },
];

/** A table of jobs; below it why those that failed did. */
export function renderJobList(jobs: readonly JobSummary[], nowMs: number, style: Style): string {
  if (jobs.length === 0) return 'no jobs; `millrace submit <file>` starts one\n';
  const rows = jobs.map((job) => [
    style.bold(job.jobId),
    paintStatus(job.status, style),
    batchText(job.lastBatch),
    job.status === 'running' ? rate(job.recordsPerSecond) : '–',
    count(job.lagRecords),
    ago(job.submittedMs, nowMs),
  ]);
  const failures = jobs
    .filter((job) => job.failure !== null)
    .map((job) => `${style.red(job.jobId)}: ${job.failure!.message.split('\n')[0]}\n`);
  return [renderTable(COLUMNS, rows, style), ...(failures.length > 0 ? ['\n', ...failures] : [])].join('');
}

/** The id of a batch; an en dash for "none yet". */
export function batchText(batch: number): string {
  return batch < 0 ? '–' : String(batch);
}
