import type { Clock } from '../../clock/index.ts';
import type { Leader, LeaderStore } from '../leader-store.ts';

export function createMemoryLeaderStore(clock: Pick<Clock, 'monotonic'>): LeaderStore {
  let held: { leader: Leader; untilMs: number } | null = null;
  let term = 0;
  return {
    async lead(candidate, leaseMs) {
      const nowMs = clock.monotonic();
      const current = held !== null && held.untilMs > nowMs ? held.leader : null;
      const isOurs = current?.incarnation === candidate.incarnation;
      if (current !== null && !isOurs && current.seat !== candidate.seat) return current;
      const leader = isOurs ? { ...candidate, term: current.term } : { ...candidate, term: ++term };
      held = { leader, untilMs: nowMs + leaseMs };
      return leader;
    },
    async resign(incarnation) {
      if (held?.leader.incarnation === incarnation) held = null;
    },
  };
}
