import type { BatchContextInput } from '@millrace/proto';
import type { OffsetLogEntry } from '@millrace/shared/store';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { createStagePace, type StagePace } from './stage-pace.ts';
import type { TaskPlan } from './task-plan.ts';

/** A batch on its way through the stages. */
export type BatchRun = {
  job: JobContext;
  state: ExecutionState;
  intent: OffsetLogEntry;
  batch: BatchContextInput;
  signal: AbortSignal;
  /** Numbers the attempts of one task over the whole batch. */
  attemptsOf(stage: string, index: number): Pick<TaskPlan, 'nextAttempt' | 'lastAttempt' | 'speculated'>;
  /** The pace of a stage that is about to start. */
  beginStage(stage: string, tasks: number): StagePace;
  /** Attempts begun so far, all tasks together. */
  attempts(): { attempts: number; secondAttempts: number };
  /** What the slowest task of each stage took. */
  slowestTasksMs(): Map<string, number>;
};

export function startBatchRun(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  signal: AbortSignal,
): BatchRun {
  const begun = new Map<string, number>();
  let secondAttempts = 0;
  const paces = new Map<string, StagePace>();
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
      const speculated = () => {
        secondAttempts += 1;
      };
      return { nextAttempt, lastAttempt, speculated };
    },
    beginStage: (stage, tasks) => {
      const pace = createStagePace(tasks, state.usualTaskMs.get(stage) ?? null);
      paces.set(stage, pace);
      return pace;
    },
    slowestTasksMs: () => {
      const known = [...paces].map(([stage, pace]) => [stage, pace.slowestMs()] as const);
      return new Map(known.filter((entry): entry is [string, number] => entry[1] !== null));
    },
    attempts: () => ({ attempts: [...begun.values()].reduce((sum, count) => sum + count, 0), secondAttempts }),
  };
}

function batchContext(state: ExecutionState, intent: OffsetLogEntry): BatchContextInput {
  return {
    timestampMs: intent.timestampMs,
    ...(intent.watermarkMs === null ? {} : { watermarkMs: intent.watermarkMs }),
    ...(state.watermarkMs === null ? {} : { previousWatermarkMs: state.watermarkMs }),
  };
}
