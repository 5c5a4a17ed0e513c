import type { TaskResultInput } from '@millrace/proto';
import type { Metrics } from '@millrace/shared/metrics';
import { type Stage, sourceInputOf } from '@millrace/shared/plan';
import type { Attempt } from './attempt.ts';

export type ExecutorGauges = { lanesBusy: number; prefetchBytes: number; scratchBytes: number; blockBytes: number };

export type ExecutorMetrics = {
  taskDone(attempt: Attempt, result: TaskResultInput): void;
  /** `outcome` is the error's code. */
  taskFailed(attempt: Attempt, outcome: string): void;
  /** An attempt beyond a task's first. */
  retrySeen(): void;
  jobClosed(jobId: string): Promise<void>;
  /** Refreshes what is measured when it is asked for. */
  set(gauges: ExecutorGauges): void;
};

export function createExecutorMetrics(metrics: Metrics): ExecutorMetrics {
  const tasks = metrics.counter('tasks_total', 'Task attempts that ended, by what the stage reads and how.', [
    'kind',
    'outcome',
  ]);
  const retries = metrics.counter('task_retries_total', 'Attempts beyond the first of a task.');
  const phases = metrics.histogram('task_phase_seconds', 'Time a task spent in each phase.', ['phase']);
  const records = metrics.counter('records_read_total', 'Records read from sources.', ['job']);
  const bytes = metrics.counter('bytes_read_total', 'Bytes of record values read from sources.', ['job']);
  const stateRows = metrics.gauge('state_rows', 'Rows of state in the lanes of this executor.', ['job', 'operator']);
  const stateBytes = metrics.gauge('state_bytes', 'Estimated memory of that state.', ['job', 'operator']);
  const lanesBusy = metrics.gauge('lanes_busy', 'Lanes that have work.');
  const prefetchBytes = metrics.gauge('prefetch_bytes', 'Bytes of records read for tasks and not released yet.');
  const scratchBytes = metrics.gauge('scratch_bytes', 'Bytes of files in the scratch folder.');
  const blockBytes = metrics.gauge('block_bytes', 'Bytes of shuffle blocks held for later tasks.');
  const slices = createSliceTotals();
  return {
    taskDone: ({ id, stages, task }, result) => {
      tasks.inc({ kind: kindOf(stages[0]!), outcome: 'ok' });
      for (const { phase = '', ms = 0 } of result.timings ?? []) phases.observe({ phase }, Number(ms) / 1000);
      records.inc({ job: id.jobId }, Number(result.counts?.recordsIn ?? 0));
      bytes.inc({ job: id.jobId }, Number(result.counts?.bytesIn ?? 0));
      for (const { operatorId = '', ...stats } of result.operators ?? []) {
        const size = { rows: Number(stats.rows ?? 0), bytes: Number(stats.bytes ?? 0) };
        const total = slices.note(id.jobId, operatorId, task.slice?.index ?? 0, size);
        stateRows.set({ job: id.jobId, operator: operatorId }, total.rows);
        stateBytes.set({ job: id.jobId, operator: operatorId }, total.bytes);
      }
    },
    taskFailed: ({ stages }, outcome) => tasks.inc({ kind: kindOf(stages[0]!), outcome }),
    retrySeen: () => retries.inc(),
    jobClosed: async (jobId) => {
      slices.forget(jobId);
      await metrics.forget('job', jobId);
    },
    set: (gauges) => {
      lanesBusy.set(gauges.lanesBusy);
      prefetchBytes.set(gauges.prefetchBytes);
      scratchBytes.set(gauges.scratchBytes);
      blockBytes.set(gauges.blockBytes);
    },
  };
}

/** What a stage reads. */
const kindOf = (stage: Stage): 'source' | 'shuffle' => (sourceInputOf(stage) === null ? 'shuffle' : 'source');

type Size = { rows: number; bytes: number };

/** A task tells of its slice alone; an executor may serve several slices of an operator. */
function createSliceTotals() {
  const jobs = new Map<string, Map<string, Map<number, Size>>>();
  return {
    note: (jobId: string, operatorId: string, slice: number, size: Size): Size => {
      const operators = jobs.get(jobId) ?? new Map<string, Map<number, Size>>();
      jobs.set(jobId, operators);
      const slices = operators.get(operatorId) ?? new Map<number, Size>();
      operators.set(operatorId, slices.set(slice, size));
      const sum = { rows: 0, bytes: 0 };
      for (const { rows, bytes } of slices.values()) {
        sum.rows += rows;
        sum.bytes += bytes;
      }
      return sum;
    },
    forget: (jobId: string) => void jobs.delete(jobId),
  };
}
