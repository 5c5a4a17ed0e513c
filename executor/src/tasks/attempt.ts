import type { Task } from '@millrace/proto';
import type { PhaseTimer } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { attemptId } from '@millrace/shared/ids';
import type { Stage } from '@millrace/shared/plan';
import { stagesOf } from '../compute/stages-of-task.ts';
import type { OpenJob } from './open-job.ts';
import type { TaskLimit } from './task-limit.ts';

/** One attempt of one task while it runs here. */
export type Attempt = {
  task: Task;
  id: NonNullable<Task['id']>;
  batch: NonNullable<Task['batch']>;
  job: OpenJob;
  /** The stages it runs: mostly one. The first says what is read. */
  stages: Stage[];
  /** Unique within the job, for life. */
  attemptId: string;
  /** Unique on this executor: attempts of two jobs may share an id. Safe as a file name. */
  laneAttemptId: string;
  timer: TaskTimer;
  limit: TaskLimit;
  signal: AbortSignal;
};

/** Ids and batch context are always sent; a task without them is a bug of the driver. */
export function requireTask(task: Task): { id: Attempt['id']; batch: Attempt['batch'] } {
  const { id, batch } = task;
  if (id && batch) return { id, batch };
  throw new MillraceError('INVALID_ARGUMENT', 'a task needs its id and its batch');
}

/** What an attempt spends its time on, its lane's phases included. */
export type TaskTimer = PhaseTimer<'queue' | 'fetch' | 'decode' | 'compute' | 'shuffle' | 'state' | 'prepare'>;

export function createAttempt(task: Task, job: OpenJob, under: Pick<Attempt, 'timer' | 'limit' | 'signal'>): Attempt {
  const { id, batch } = requireTask(task);
  const attempt = attemptId(id);
  const laneAttemptId = `${id.jobId}.${attempt}`;
  const reach = { sources: task.ranges.map(({ source }) => source), servesState: task.slice !== null };
  const stages = stagesOf(job.plan, id.stage, reach);
  return { task, id, batch, job, stages, attemptId: attempt, laneAttemptId, ...under };
}
