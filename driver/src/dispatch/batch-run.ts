import type { BatchContextInput } from '@millrace/proto';
import type { OffsetLogEntry } from '@millrace/shared/store';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import type { PoisonRecord } from '../poison/blame-task.ts';
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
  /** Like `attemptsOf`, for rehearsals: counted by nobody. */
  rehearsalsOf(stage: string, index: number): Pick<TaskPlan, 'nextAttempt' | 'lastAttempt' | 'speculated'>;
  /** Records that all tasks of the batch pass over; grows. */
  poison: PoisonRecord[];
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
  let rehearsals = 0;
  const paces = new Map<string, StagePace>();
  const attemptsOf: BatchRun['attemptsOf'] = (stage, index) => {
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
  };
  return {
    ...{ job, state, intent, signal },
    batch: batchContext(state, intent),
    poison: [],
    attemptsOf,
    rehearsalsOf: (stage, index) => {
      const { nextAttempt, ...others } = attemptsOf(stage, index);
      const nextRehearsal = () => {
        rehearsals += 1;
        return nextAttempt();
      };
      return { ...others, nextAttempt: nextRehearsal };
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
    attempts: () => ({ attempts: sumOf(begun.values()) - rehearsals, secondAttempts }),
  };
}

const sumOf = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0);

const previousCutoff = ({ stateTtl }: ExecutionState) => (stateTtl ? { previousCutoffMs: stateTtl.cutoffMs } : {});

function batchContext(state: ExecutionState, intent: OffsetLogEntry): BatchContextInput {
  return {
    timestampMs: intent.timestampMs,
    ...(intent.watermarkMs === null ? {} : { watermarkMs: intent.watermarkMs }),
    ...(state.watermarkMs === null ? {} : { previousWatermarkMs: state.watermarkMs }),
    tables: intent.tables ?? [],
    ...(intent.stateTtl && { stateTtl: { ...intent.stateTtl, ...previousCutoff(state) } }),
  };
}
