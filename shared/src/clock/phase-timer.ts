import type { Clock } from './clock.ts';

/** Adds up the time spent in named phases. The name of a phase is at once span, metric label and log field. */
export type PhaseTimer<Phase extends string> = {
  /** Runs `step` and adds its duration to the phase, whether it succeeds or not. */
  timed<Result>(phase: Phase, step: () => Promise<Result>): Promise<Result>;
  timedSync<Result>(phase: Phase, step: () => Result): Result;
  /** Milliseconds measured elsewhere. */
  add(phase: Phase, ms: number): void;
  timings(): { phase: Phase; ms: number }[];
};

export function createPhaseTimer<Phase extends string>(clock: Pick<Clock, 'monotonic'>): PhaseTimer<Phase> {
  const spent = new Map<Phase, number>();
  const add = (phase: Phase, ms: number) => void spent.set(phase, (spent.get(phase) ?? 0) + ms);
  return {
    async timed(phase, step) {
      const since = clock.monotonic();
      try {
        return await step();
      } finally {
        add(phase, clock.monotonic() - since);
      }
    },
    timedSync(phase, step) {
      const since = clock.monotonic();
      try {
        return step();
      } finally {
        add(phase, clock.monotonic() - since);
      }
    },
    add,
    timings: () => [...spent].map(([phase, ms]) => ({ phase, ms })),
  };
}
