import type { TaskInput, TaskResult } from '@millrace/proto';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { call } from '@millrace/shared/rpc';
import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';
import type { Slot } from './lane-slots.ts';
import type { AttemptInput, TaskPlan } from './task-plan.ts';

/** How an attempt ended. */
export type AttemptOutcome =
  | { kind: 'done'; result: TaskResult }
  | { kind: 'failed'; executor: ExecutorEntry; error: MillraceError };

/** An attempt that is about to run. Lane −1: any. */
export type PlacedAttempt = Slot & { lane: number; input: AttemptInput };

export const ANY_LANE = -1;

/** One attempt, in a slot that it gives back. Rejects with the signal's reason alone; the executor then drops what it made. */
export async function attemptTask(
  job: JobContext,
  task: TaskPlan,
  { executor, release, lane, input }: PlacedAttempt,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const startedMs = job.clock.monotonic();
  try {
    const result = await sendTask(job, task, { executor, lane, input }, signal);
    task.pace.took(job.clock.monotonic() - startedMs);
    executor.tasksDone++;
    return { kind: 'done', result };
  } catch (error) {
    signal.throwIfAborted();
    executor.tasksFailed++;
    return { kind: 'failed', executor, error: toMillraceError(error) };
  } finally {
    release();
  }
}

async function sendTask(
  job: JobContext,
  task: TaskPlan,
  { executor, lane, input }: Omit<PlacedAttempt, 'release'>,
  signal: AbortSignal,
): Promise<TaskResult> {
  const { batchId, stage, index } = task;
  const request: TaskInput = {
    id: {
      jobId: job.jobId,
      batchId,
      stage,
      index,
      attempt: task.nextAttempt(),
      driverEpoch: job.driverEpoch,
      incarnation: executor.incarnation,
      planHash: job.plan.hash,
    },
    lane,
    timeoutMs: job.spec.limits.taskTimeoutMs,
    ...input,
  };
  const holders = holdersOf(input.blocks ?? [], job);
  // An executor whose lease ran out is given up even when its connection still stands (a stopped process, a cut network),
  // and so is a task that waits for blocks of such a one.
  const given = [signal, executor.lost, ...holders.flatMap(({ entry }) => entry?.lost ?? [])];
  try {
    await job.opener.open(executor);
    return await call(executor.client, 'RunTask', request, { signal: AbortSignal.any(given) });
  } catch (error) {
    signal.throwIfAborted();
    if (executor.lost.aborted) throw lost(executor);
    if (toMillraceError(error).code !== 'CANCELLED') throw error;
    const gone = holders.find(({ entry }) => entry?.lost.aborted);
    throw gone ? blocksLost(gone.incarnation) : givenUp(executor);
  }
}

/** Executors that blocks have to be fetched from. */
function holdersOf(blocks: NonNullable<TaskInput['blocks']>, { registry }: JobContext) {
  const incarnations = new Set(
    blocks.filter(({ inline }) => (inline?.length ?? 0) === 0).map(({ incarnation }) => incarnation ?? ''),
  );
  return [...incarnations].map((incarnation) => ({ incarnation, entry: registry.get(incarnation) }));
}

function lost(executor: ExecutorEntry): MillraceError {
  return new MillraceError('EXECUTOR_LOST', `executor "${executor.executorId}" was lost`, {
    details: { incarnation: executor.incarnation },
  });
}

/** Nobody here cancelled it: the executor did, because it stops. */
function givenUp({ executorId, incarnation }: ExecutorEntry): MillraceError {
  return new MillraceError('EXECUTOR_DRAINING', `executor "${executorId}" gave the task up`, {
    details: { incarnation },
  });
}

function blocksLost(incarnation: string): MillraceError {
  return new MillraceError('BLOCK_LOST', `the executor that held blocks of the task (${incarnation}) was lost`, {
    details: { incarnation },
  });
}
