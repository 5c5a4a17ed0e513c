import { type Stage, shuffleOutputsOf } from '@millrace/shared/plan';
import type { LoggedRange } from '@millrace/shared/store';
import type { BatchRun } from '../dispatch/batch-run.ts';
import { sourceInput } from '../dispatch/source-input.ts';
import type { StagePace } from '../dispatch/stage-pace.ts';
import type { Rehearsal } from './blame-task.ts';

/** Of limits.taskTimeout: a piece is at most 1/64 of a task, and one that hangs should be found soon. */
const TIMEOUT_SHARE = 1 / 16;
const TIMEOUT_MIN_MS = 10_000;

const NO_PACE: StagePace = { took: () => {}, straggleAfterMs: () => null, slowestMs: () => null };

/** How to rehearse the source stage of the task that reads these ranges. What comes after a shuffle is not up to one record. */
export function rehearsalOf(run: BatchRun, stage: Stage, index: number, ranges: readonly LoggedRange[]): Rehearsal {
  const { intent, job } = run;
  const { taskTimeoutMs } = job.spec.limits;
  const timeoutMs = Math.min(taskTimeoutMs, Math.max(TIMEOUT_MIN_MS, taskTimeoutMs * TIMEOUT_SHARE));
  const oneSlice = { sliceOfPartition: new Array<number>(job.plan.statePartitions).fill(0), sliceIncarnations: [''] };
  const shuffle = shuffleOutputsOf(stage).length > 0 ? oneSlice : null;
  return {
    ranges,
    of: (piece) => ({
      ...{ batchId: intent.batchId, stage: stage.id, index, home: null, ranges: piece },
      ...{ pace: NO_PACE, restoreBytes: null, rehearsal: null },
      ...run.rehearsalsOf(stage.id, index),
      input: async () => ({ ...sourceInput(run, piece), shuffle, timeoutMs, rehearsal: true }),
      blocksLost: () => {},
    }),
    passOver: (record) => void run.poison.push(record),
    passedOver: () => run.poison.length,
  };
}
