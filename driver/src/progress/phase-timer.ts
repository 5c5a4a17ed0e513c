import type { Clock } from '@millrace/shared/clock';

/** Phases of a batch, in order. The name is at once span, metric label and log field. */
export const PHASES = ['trigger', 'plan', 'log', 'map', 'reduce', 'commit', 'publish'] as const;
export type Phase = (typeof PHASES)[number];

/** Runs `step` and adds its duration to the phase. */
export type PhaseTimer = <T>(phase: Phase, step: () => Promise<T>) => Promise<T>;

export type PhaseTimes = { timed: PhaseTimer; times(): { phase: Phase; ms: number }[]; totalMs(): number };

export function createPhaseTimes(clock: Clock): PhaseTimes {
  const spent = new Map<Phase, number>();
  const times = () => [...spent].map(([phase, ms]) => ({ phase, ms }));
  return {
    async timed(phase, step) {
      const start = clock.monotonic();
      try {
        return await step();
      } finally {
        spent.set(phase, (spent.get(phase) ?? 0) + clock.monotonic() - start);
      }
    },
    times,
    totalMs: () => times().reduce((sum, { phase, ms }) => sum + (phase === 'trigger' ? 0 : ms), 0),
  };
}
