import { MillraceError } from '@millrace/shared/errors';
import type { JobContext } from '../jobs/job-context.ts';
import { ANY_LANE, type AttemptOutcome, attemptTask, type PlacedAttempt } from './attempt-task.ts';
import type { Slot } from './lane-slots.ts';
import { RUNNING_MIN_MS } from './straggler-decision.ts';
import type { TaskPlan } from './task-plan.ts';

/** Between two looks at a task that may straggle: finished siblings change what is expected of it, lanes become idle. */
const LOOK_EVERY_MS = 250;

type Failed = Extract<AttemptOutcome, { kind: 'failed' }>;

/**
 * One attempt and, once it straggles, a second one on an idle lane of another executor. The first to succeed wins, the other
 * is cancelled: the commit names the winner's attempt, so nothing of the loser can count. While one runs the failure of the
 * other only goes to `onFailure`.
 */
export async function raceAttempts(
  job: JobContext,
  task: TaskPlan,
  placed: PlacedAttempt,
  signal: AbortSignal,
  onFailure: (failed: Failed) => void,
): Promise<AttemptOutcome> {
  const over = new AbortController();
  const racing = AbortSignal.any([signal, over.signal]);
  const second = { hasBegun: false, outcome: null as Promise<AttemptOutcome> | null };
  try {
    const first = attemptTask(job, task, placed, racing);
    second.outcome = whenStraggling(job, task, placed, racing).then(async (idle) => {
      second.hasBegun = true;
      const { stage, index, batchId } = task;
      const told = { stage, index, batchId, executor: idle.executor.executorId };
      task.speculated();
      job.events.secondAttempt({ ...told, step: 'begun' });
      const outcome = await attemptTask(job, task, { ...idle, lane: ANY_LANE, input: placed.input }, racing);
      if (outcome.kind === 'done') job.events.secondAttempt({ ...told, step: 'won' });
      return outcome;
    });
    second.outcome.catch(() => {}); // cancelled with the race
    const ended = await Promise.race([tagged(first, 'first'), tagged(second.outcome, 'second')]);
    if (ended.outcome.kind === 'done' || !second.hasBegun || isHopeless(ended.outcome)) return ended.outcome;
    onFailure(ended.outcome);
    return await (ended.which === 'first' ? second.outcome : first);
  } finally {
    over.abort(new MillraceError('CANCELLED', 'another attempt of the task was first'));
  }
}

const tagged = async <Which>(outcome: Promise<AttemptOutcome>, which: Which) => ({ which, outcome: await outcome });

/** The other attempt would end in the same way. */
const isHopeless = ({ error }: Failed): boolean => error.domain === 'user';

/** Waits until the task has run for too long, and a lane elsewhere has nothing to do. Never resolves for tasks that must not run twice. */
async function whenStraggling(job: JobContext, task: TaskPlan, { executor }: Slot, signal: AbortSignal): Promise<Slot> {
  const { clock, slots, jobId } = job;
  const startedMs = clock.monotonic();
  const { restoreBytes } = task;
  if (restoreBytes === null) return new Promise(() => {});
  for (let pauseMs = RUNNING_MIN_MS; ; pauseMs = LOOK_EVERY_MS) {
    await clock.delay(pauseMs, signal);
    const dueMs = task.pace.straggleAfterMs(restoreBytes);
    if (dueMs === null || clock.monotonic() - startedMs < dueMs) continue;
    const idle = slots.acquireIdle({ jobId, not: executor.incarnation });
    if (idle) return idle;
  }
}
