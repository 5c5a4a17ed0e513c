import type { BatchContextInput } from '@millrace/proto';
import type { OffsetLogEntry } from '@millrace/shared/store';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import type { TaskPlan } from './run-task.ts';

/** A batch on its way through the stages. */
export type BatchRun = {
  job: JobContext;
  state: ExecutionState;
  intent: OffsetLogEntry;
  batch: BatchContextInput;
  signal: AbortSignal;
  /** Numbers the attempts of one task over the whole batch. */
  attemptsOf(stage: string, index: number): Pick<TaskPlan, 'nextAttempt' | 'lastAttempt'>;
  /** Attempts begun so far, all tasks together. */
  attempts(): number;
};

export function startBatchRun(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  signal: AbortSignal,
): BatchRun {
  const begun = new Map<string, number>();
  return {
    ...{ job, state, intent, signal },
    batch: batchContext(state, intent),
    attemptsOf: (stage, index) => {
      const key = `${stage}/${index}`;
      const lastAttempt = () => (begun.get(key) ?? 0) - 1;
      const nextAttempt = () => {
        begun.set(key, (begun.get(key) ?? 0) + 1);
        return lastAttempt();
      };
      return { nextAttempt, lastAttempt };
    },
    attempts: () => [...begun.values()].reduce((sum, count) => sum + count, 0),
  };
}

function batchContext(state: ExecutionState, intent: OffsetLogEntry): BatchContextInput {
  return {
    timestampMs: intent.timestampMs,
    ...(intent.watermarkMs === null ? {} : { watermarkMs: intent.watermarkMs }),
    ...(state.watermarkMs === null ? {} : { previousWatermarkMs: state.watermarkMs }),
  };
}
