import type { TaskInput } from '@millrace/proto';
import type { BatchId } from '@millrace/shared/ids';
import type { ExecutorEntry } from './executor-registry.ts';
import type { LaneRef } from './placement.ts';
import type { StagePace } from './stage-pace.ts';

/** One task of a stage, to be tried until an attempt succeeds. */
export type TaskPlan = {
  batchId: BatchId;
  stage: string;
  index: number;
  /** Where its state lives; null: any lane. */
  home: LaneRef | null;
  /** Numbers the attempts of this task over the whole batch. */
  nextAttempt(): number;
  /** The number given last; −1 before the first. */
  lastAttempt(): number;
  /** A second attempt runs because the task straggles. */
  speculated(): void;
  pace: StagePace;
  /** What a second attempt elsewhere would have to restore first; null: no two attempts of it may run at once. */
  restoreBytes: number | null;
  /** What one attempt is given, beside its id and lane. Asked anew for each attempt: blocks may have moved. */
  input(executor: ExecutorEntry): Promise<Pick<TaskInput, 'batch' | 'ranges' | 'blocks' | 'slice' | 'shuffle'>>;
  /** Blocks held by this executor incarnation are gone. */
  blocksLost(incarnation: string): void;
};
