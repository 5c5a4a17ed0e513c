import type { OutputPlan } from '@millrace/shared/plan';
import type { LaneTask } from '../lanes/messages.ts';

/** The output of one task, a SELECT to be run once, and where its encodings go. */
export type TaskOutput = {
  /** Tells the files of a task's outputs apart. */
  name: string;
  sql: string;
  /** Errors name it. */
  operator: string;
  plan: OutputPlan;
  task: Pick<LaneTask, 'attemptId' | 'timestampMs' | 'stage'>;
  /** For files that are handed over. */
  folder: string;
};
