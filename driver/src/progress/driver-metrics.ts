import type { Metrics } from '@millrace/shared/metrics';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import type { JobDirectory } from '../jobs/job-directory.ts';
import type { JobRunner } from '../jobs/job-runner.ts';

/** Publishes what jobs report as Prometheus series. Phases carry the names of BatchPhase. */
export function observeDriver(
  metrics: Metrics,
  { registry, jobs }: { registry: ExecutorRegistry; jobs: JobDirectory },
): void {
  const phases = metrics.histogram('batch_phase_seconds', 'Duration of each phase of a batch', ['job', 'phase']);
  const batches = metrics.counter('batches_total', 'Committed batches', ['job']);
  const records = metrics.counter('records_total', 'Records of committed batches by outcome', ['job', 'outcome']);
  const retries = metrics.counter('task_retries_total', 'Attempts beyond the first of each task', ['job']);
  const lag = metrics.gauge('lag_records', 'Records between position and end', ['job', 'topic', 'partition']);
  const stateRows = metrics.gauge('state_rows', 'Rows of state by operator', ['job', 'operator']);
  const stateBytes = metrics.gauge('state_blob_bytes', 'Bytes of live state blobs in the store', ['job', 'operator']);
  const executors = metrics.gauge('executors', 'Executors by status', ['status']);
  const observed = new WeakSet<JobRunner>();

  registry.onEvent(() => {
    executors.reset();
    for (const { status } of registry.summaries()) executors.inc({ status: status ?? 'alive' });
  });
  jobs.onAdded((runner) => {
    if (observed.has(runner)) return;
    observed.add(runner);
    const job = runner.record.jobId;
    runner.hub.subscribe((event) => {
      if (event.kind !== 'progress') return;
      const { progress } = event;
      batches.inc({ job });
      retries.inc({ job }, progress.retries);
      for (const { phase, ms } of progress.phases) phases.observe({ job, phase }, ms / 1000);
      records.inc({ job, outcome: 'read' }, progress.counts?.recordsIn ?? 0);
      records.inc({ job, outcome: 'bad' }, progress.counts?.badRecords ?? 0);
      records.inc({ job, outcome: 'late' }, progress.counts?.lateRows ?? 0);
      records.inc({ job, outcome: 'written' }, progress.counts?.rowsOut ?? 0);
      for (const { topic, partition, lag: unread } of progress.partitions) {
        lag.set({ job, topic, partition: String(partition) }, unread);
      }
      for (const { operatorId: operator, rows, blobBytes } of progress.state) {
        stateRows.set({ job, operator }, rows);
        stateBytes.set({ job, operator }, blobBytes);
      }
    });
  });
  jobs.onRemoved((runner) => void metrics.forget('job', runner.record.jobId));
}
