import type { Slot } from '../dispatch/lane-slots.ts';
import type { JobContext } from '../jobs/job-context.ts';

/** An executor for many short tasks in a row: waiting for one anew each time would take longer than they do. */
export type HeldExecutor = {
  /** The same as before while it is there. */
  take(): Promise<Slot>;
  letGo(): void;
};

/** `alone`: while it is held it runs nothing else. */
export function holdExecutor({ slots, jobId }: JobContext, alone: boolean, signal: AbortSignal): HeldExecutor {
  let held: Slot | null = null;
  const letGo = () => {
    held?.release();
    held = null;
  };
  return {
    async take() {
      if (held?.executor.status !== 'alive') letGo();
      held ??= alone
        ? await slots.acquireAlone({ jobId, signal })
        : await slots.acquire({ jobId, incarnation: null, avoid: new Set(), signal });
      return { executor: held.executor, release: () => {} };
    },
    letGo,
  };
}
