import type { Clock } from '@millrace/shared/clock';
import type { LaneTaskResult } from '../lanes/messages.ts';

export type TaskPhase = LaneTaskResult['timings'][number]['phase'];

/** Adds up how long a task spends in each phase. */
export type TaskTimer = {
  timed<T>(phase: TaskPhase, work: () => Promise<T>): Promise<T>;
  timedSync<T>(phase: TaskPhase, work: () => T): T;
  timings(): LaneTaskResult['timings'];
};

export function startTaskTimer(clock: Pick<Clock, 'monotonic'>): TaskTimer {
  const spent = new Map<TaskPhase, number>();
  const add = (phase: TaskPhase, since: number) =>
    spent.set(phase, (spent.get(phase) ?? 0) + clock.monotonic() - since);
  return {
    async timed(phase, work) {
      const since = clock.monotonic();
      try {
        return await work();
      } finally {
        add(phase, since);
      }
    },
    timedSync(phase, work) {
      const since = clock.monotonic();
      try {
        return work();
      } finally {
        add(phase, since);
      }
    },
    timings: () => [...spent].map(([phase, ms]) => ({ phase, ms })),
  };
}
