import { straggleAfterMs } from './straggler-decision.ts';

/** How long the tasks of a stage take in this batch. */
export type StagePace = {
  took(ms: number): void;
  /** How long a task may run before it straggles; null while that cannot be told. */
  straggleAfterMs(restoreBytes: number): number | null;
  /** Null before the first task is done. */
  slowestMs(): number | null;
};

/** `usualMs`: of the slowest task in batches before; null: not known. */
export function createStagePace(tasks: number, usualMs: number | null): StagePace {
  const finishedMs: number[] = [];
  return {
    took: (ms) => void finishedMs.push(ms),
    straggleAfterMs: (restoreBytes) => straggleAfterMs({ tasks, finishedMs, usualMs, restoreBytes }),
    slowestMs: () => (finishedMs.length > 0 ? Math.max(...finishedMs) : null),
  };
}
