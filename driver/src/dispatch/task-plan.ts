import type { TaskInput } from '@millrace/proto';
import type { BatchId } from '@millrace/shared/ids';
import type { LoggedRange } from '@millrace/shared/store';
import type { Rehearsal } from '../poison/blame-task.ts';
import type { LaneRef } from './placement.ts';
import type { StagePace } from './stage-pace.ts';

export type AttemptInput = Omit<TaskInput, 'id' | 'lane'>;

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
  /** Records that it reads, or that its blocks stem from. */
  ranges: readonly LoggedRange[];
  /** Null for a task that reads blocks, and for a rehearsal itself. */
  rehearsal: Rehearsal | null;
  /**
   * What one attempt is given, beside its id and lane. Asked anew for each attempt: blocks may have moved. Asked before there is a
   * slot: it waits for tasks that need slots themselves.
   */
  input(): Promise<AttemptInput>;
  /** Blocks held by this executor incarnation are gone. */
  blocksLost(incarnation: string): void;
};
