import type { Progress } from '@millrace/proto';
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
  const retries = metrics.counter('task_retries_total', 'Attempts beyond the first of each task', ['job']);
  const lag = metrics.gauge('lag_records', 'Records between position and end', ['job', 'topic', 'partition']);
  const stateRows = metrics.gauge('state_rows', 'Rows of state by operator', ['job', 'operator']);
  const stateBytes = metrics.gauge('state_blob_bytes', 'Bytes of live state blobs in the store', ['job', 'operator']);
  const executors = metrics.gauge('executors', 'Executors by status', ['status']);
  const leads = metrics.gauge('driver_leads', '1 while this driver leads, 0 while it stands by');
  leads.set(0);

  function progressed(job: string, { counts, phases: spent, partitions, retries: retried, state }: Progress): void {
    batches.inc({ job });
    retries.inc({ job }, retried);
    for (const { phase, ms } of spent) phases.observe({ job, phase }, ms / 1000);
    records.inc({ job, outcome: 'read' }, counts?.recordsIn ?? 0);
    records.inc({ job, outcome: 'bad' }, counts?.badRecords ?? 0);
    records.inc({ job, outcome: 'late' }, counts?.lateRows ?? 0);
    records.inc({ job, outcome: 'written' }, counts?.rowsOut ?? 0);
    for (const { topic, partition, lag: unread } of partitions) {
      lag.set({ job, topic, partition: String(partition) }, unread);
    }
    for (const { operatorId: operator, rows, blobBytes } of state) {
      stateRows.set({ job, operator }, rows);
      stateBytes.set({ job, operator }, blobBytes);
    }
  }

  return ({ registry, jobs }) => {
    leads.set(1);
    const unsubscribe = registry.onEvent(() => {
      executors.reset();
      for (const { status } of registry.summaries()) executors.inc({ status: status ?? 'alive' });
    });
    jobs.onAdded(({ record, hub }) => {
      hub.subscribe((event) => (event.kind === 'progress' ? progressed(record.jobId, event.progress) : undefined));
    });
    jobs.onRemoved((runner) => void metrics.forget('job', runner.record.jobId));
    return () => {
      unsubscribe();
      for (const gauge of [lag, stateRows, stateBytes, executors]) gauge.reset();
      leads.set(0);
    };
  };
}
