import type { PhaseTimer } from '@millrace/shared/clock';

/** Phases of a batch, in order. `commit` begins with the wait until the last batch is published. */
export type BatchPhase = 'trigger' | 'plan' | 'log' | 'map' | 'reduce' | 'commit' | 'publish';

export type BatchTimer = PhaseTimer<BatchPhase>;

/** Duration of the batch, ms, without the wait for its trigger. */
export function totalMs(timer: BatchTimer): number {
  return timer.timings().reduce((sum, { phase, ms }) => sum + (phase === 'trigger' ? 0 : ms), 0);
}
