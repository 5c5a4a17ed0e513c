import type { Progress, TableStatusInput } from '@millrace/proto';
import type { FailureRecord } from '@millrace/shared/errors';
import type { Metrics } from '@millrace/shared/metrics';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import type { JobDirectory } from '../jobs/job-directory.ts';

/** Watches one term's executors and jobs; gives what ends the watching, and with it what was said of them. */
export type DriverObserver = (term: { registry: ExecutorRegistry; jobs: JobDirectory }) => () => void;

/** Publishes what jobs report as Prometheus series. Phases carry the names of BatchPhase. */
export function createDriverObserver(metrics: Metrics): DriverObserver {
  const phases = metrics.histogram('batch_phase_seconds', 'Duration of each phase of a batch', ['job', 'phase']);
  const batches = metrics.counter('batches_total', 'Committed batches', ['job']);
  const records = metrics.counter('records_total', 'Records of committed batches by outcome', ['job', 'outcome']);
  const badRecords = metrics.counter('bad_records_total', 'Bad records of committed batches', ['job', 'reason']);
  const lateRows = metrics.counter('late_rows_total', 'Late rows of committed batches', ['job', 'operator']);
  const outputRows = metrics.counter('output_rows_total', 'Rows of each of several outputs', ['job', 'output']);
  const nullFields = metrics.counter('null_fields_total', 'Fields of a wrong type that were read as NULL', ['job']);
  const retries = metrics.counter('task_retries_total', 'Attempts beyond the first of each task', ['job']);
  const failures = metrics.counter('task_failures_total', 'Attempts that failed, by the code of the error', [
    'job',
    'code',
  ]);
  const seconds = metrics.counter('second_attempts_total', 'Second attempts of tasks that straggled', ['job', 'step']);
  const poison = metrics.counter('poison_found_total', 'Records, or ranges of them, that made a task fail', ['job']);
  const looks = metrics.counter('table_reads_total', 'Times that a table was read again, by outcome', [
    'job',
    'table',
    'outcome',
  ]);
  const checked = metrics.gauge('table_checked_seconds', 'When a table was last read, seconds since the Unix epoch', [
    'job',
    'table',
  ]);
  const lag = metrics.gauge('lag_records', 'Records between position and end', ['job', 'topic', 'partition']);
  const stateRows = metrics.gauge('state_rows', 'Rows of state by operator', ['job', 'operator']);
  const stateBytes = metrics.gauge('state_blob_bytes', 'Bytes of live state blobs in the store', ['job', 'operator']);
  const executors = metrics.gauge('executors', 'Executors by status', ['status']);
  const watermark = metrics.gauge('watermark_seconds', 'Watermark, seconds since the Unix epoch', ['job']);
  const status = metrics.gauge('job_status', '1 for the status that a job has', ['job', 'status']);
  const failed = metrics.gauge('job_failure', '1 for the code of the failure or wait that a job shows', [
    'job',
    'code',
  ]);
  const leads = metrics.gauge('driver_leads', '1 while this driver leads, 0 while it stands by');
  leads.set(0);

  function progressed(job: string, progress: Progress): void {
    const { counts, phases: spent, partitions, retries: retried, state, watermarkMs } = progress;
    batches.inc({ job });
    if (watermarkMs !== undefined) watermark.set({ job }, watermarkMs / 1000);
    retries.inc({ job }, retried);
    for (const { phase, ms } of spent) phases.observe({ job, phase }, ms / 1000);
    records.inc({ job, outcome: 'read' }, counts?.recordsIn ?? 0);
    records.inc({ job, outcome: 'bad' }, counts?.badRecords ?? 0);
    records.inc({ job, outcome: 'skipped' }, counts?.skippedRecords ?? 0);
    records.inc({ job, outcome: 'late' }, counts?.lateRows ?? 0);
    records.inc({ job, outcome: 'written' }, counts?.rowsOut ?? 0);
    for (const [reason, count] of Object.entries(counts?.badByReason ?? {})) badRecords.inc({ job, reason }, count);
    for (const [operator, count] of Object.entries(counts?.lateByOperator ?? {}))
      lateRows.inc({ job, operator }, count);
    for (const [output, count] of Object.entries(counts?.rowsByOutput ?? {})) outputRows.inc({ job, output }, count);
    nullFields.inc({ job }, counts?.nullFields ?? 0);
    for (const { topic, partition, lag: unread } of partitions) {
      lag.set({ job, topic, partition: String(partition) }, unread);
    }
    for (const { operatorId: operator, rows, blobBytes } of state) {
      stateRows.set({ job, operator }, rows);
      stateBytes.set({ job, operator }, blobBytes);
    }
  }

  function looked(job: string, table: string, succeeded: boolean, tables: readonly TableStatusInput[]): void {
    looks.inc({ job, table, outcome: succeeded ? 'ok' : 'failed' });
    const at = Number(tables.find((one) => one.table === table)?.checkedMs ?? 0);
    if (at > 0) checked.set({ job, table }, at / 1000);
  }

  return ({ registry, jobs }) => {
    leads.set(1);
    const unsubscribe = registry.onEvent(() => {
      executors.reset();
      for (const { status } of registry.summaries()) executors.inc({ status: status ?? 'alive' });
    });
    jobs.onAdded((runner) => {
      const job = runner.record.jobId;
      const showStatus = oneAtATime(
        (observed) => status.set({ job, status: observed }, 1),
        (observed) => status.remove({ job, status: observed }),
      );
      const showFailure = oneAtATime(
        (code) => failed.set({ job, code }, 1),
        (code) => failed.remove({ job, code }),
      );
      const observeStatus = () => {
        const { observed, failureJson } = runner.now().status;
        showStatus(observed);
        showFailure(failureJson === null ? null : (JSON.parse(failureJson) as FailureRecord).code);
      };
      observeStatus();
      runner.hub.subscribe((event) => {
        if (event.kind === 'progress') progressed(job, event.progress);
        if (event.kind === 'progress' || event.kind === 'status') observeStatus();
        if (event.kind === 'attemptFailed') failures.inc({ job, code: event.attempt.error.code });
        if (event.kind === 'tableLooked') looked(job, event.table, event.succeeded, runner.now().tables);
        if (event.kind === 'poison' && event.search.found !== null) poison.inc({ job });
        if (event.kind === 'secondAttempt') seconds.inc({ job, step: event.attempt.step });
      });
    });
    jobs.onRemoved((runner) => void metrics.forget('job', runner.record.jobId));
    return () => {
      unsubscribe();
      for (const gauge of [lag, stateRows, stateBytes, watermark, status, failed, executors, checked]) gauge.reset();
      leads.set(0);
    };
  };
}

/** Of the series that stand for the values one thing may have, the one it has is there and no other. */
function oneAtATime(show: (value: string) => void, hide: (value: string) => void): (value: string | null) => void {
  let last: string | null = null;
  return (value) => {
    if (value === last) return;
    if (last !== null) hide(last);
    if (value !== null) show(value);
    last = value;
  };
}
