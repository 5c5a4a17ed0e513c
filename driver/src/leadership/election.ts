import type { Clock } from '@millrace/shared/clock';
import type { Logger } from '@millrace/shared/logging';
import type { Candidate, Leader, LeaderStore } from '@millrace/shared/store';
import { LEASE_MS, nextRole, pauseMs, type Role } from './leadership.ts';

export type Election = {
  role(): Role;
  /** How long the store has not answered, ms. */
  silentMs(): number;
  /** Gives the lease back, so that another driver need not wait for its end. */
  leave(): Promise<void>;
};

export type ElectionDeps = { leaders: LeaderStore; clock: Clock; log: Logger };

/** Stands for leadership until it leaves. `onRole` is told of every change. Resolves once it is known who leads. */
export async function standForElection(
  self: Candidate,
  { leaders, clock, log }: ElectionDeps,
  onRole: (role: Role) => void,
): Promise<Election> {
  const left = new AbortController();
  const known = Promise.withResolvers<void>();
  let role: Role = { kind: 'follower', leader: null };
  let silent = false;
  let heardMs = clock.monotonic();

  async function ask(): Promise<Leader | null> {
    try {
      const leader = await leaders.lead(self, LEASE_MS);
      silent = false;
      heardMs = clock.monotonic();
      return leader;
    } catch (err) {
      // Once per outage.
      if (!silent) log.warn({ err }, 'the store does not say who leads');
      silent = true;
      return null;
    }
  }

  function become(next: Role): void {
    const changed = next.kind !== role.kind || next.leader?.incarnation !== role.leader?.incarnation;
    role = next;
    if (changed) onRole(next);
    if (next.leader !== null) known.resolve();
  }

  async function run(): Promise<void> {
    while (!left.signal.aborted) {
      const answer = await ask();
      become(nextRole(role, answer, self.incarnation));
      await clock.delay(pauseMs(role, answer), left.signal).catch(() => {});
    }
  }

  const ended = run();
  await known.promise;
  return {
    role: () => role,
    silentMs: () => clock.monotonic() - heardMs,
    async leave() {
      left.abort();
      await ended;
      await leaders.resign(self.incarnation).catch((err) => log.warn({ err }, 'the lease was not given back'));
    },
  };
}
