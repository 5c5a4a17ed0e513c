import type { Clock } from '@millrace/shared/clock';

/** Names in results, metrics and logs alike. */
export type TaskPhase = 'queue' | 'fetch' | 'decode' | 'compute' | 'shuffle' | 'state' | 'prepare';

export type PhaseTimer = {
  timed<Result>(phase: TaskPhase, step: () => Promise<Result>): Promise<Result>;
  /** Adds to what the phase has. Milliseconds. */
  add(phase: TaskPhase, ms: number): void;
  timings(): { phase: TaskPhase; ms: number }[];
};

export function createPhaseTimer(clock: Clock): PhaseTimer {
  const spent = new Map<TaskPhase, number>();
  const add = (phase: TaskPhase, ms: number) => void spent.set(phase, (spent.get(phase) ?? 0) + ms);
  return {
    timed: async (phase, step) => {
      const startedMs = clock.monotonic();
      try {
        return await step();
      } finally {
        add(phase, clock.monotonic() - startedMs);
      }
    },
    add,
    timings: () => [...spent].map(([phase, ms]) => ({ phase, ms })),
  };
}
