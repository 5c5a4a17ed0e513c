import type { MillraceError } from '@millrace/shared/errors';
import type { JobContext } from '../jobs/job-context.ts';
import type { ExecutorEntry } from './executor-registry.ts';
import type { RetryDecision } from './retry-decision.ts';
import type { TaskPlan } from './task-plan.ts';

/** `executor` is null when the task's home went away before it took the task. */
export type Failure = { executor: ExecutorEntry | null; error: MillraceError };

/** Does what a decision to try again asks for, and waits as long as it says. `avoid` grows. */
export async function prepareRetry(
  job: JobContext,
  task: TaskPlan,
  failure: Failure & { decision: Exclude<RetryDecision, { kind: 'fail' | 'blame' }> },
  avoid: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { error, executor, decision } = failure;
  switch (decision.kind) {
    case 'retry':
      if (executor) avoid.add(executor.incarnation);
      if (decision.delayMs > 0) await job.clock.delay(decision.delayMs, signal);
      return;
    case 'waitOut':
      // Another executor may reach them still.
      if (executor) avoid.add(executor.incarnation);
      job.events.waits(error);
      await job.clock.delay(decision.delayMs, signal);
      return;
    case 'remakeBlocks':
      task.blocksLost(String(error.details.incarnation ?? ''));
      return;
    case 'reopenJob':
      if (executor) job.opener.forget(executor);
      return;
    default:
      decision satisfies never;
  }
}

export function giveUpLost(job: JobContext, { error, executor }: Failure): void {
  if (error.code === 'EXECUTOR_LOST' && executor) job.registry.markLost(executor.incarnation, error.message);
}
