// Who leads, as one driver sees it. Pure; election.ts acts on it.
import type { Leader } from '@millrace/shared/store';

/**
 * A leader that is gone is replaced within this and a poll. Long enough for a stalled disk of the store, short enough
 * that jobs go on within five seconds.
 */
export const LEASE_MS = 2_500;
/** A leader renews so often: two renewals may fail. */
export const RENEW_MS = 800;
/** A leader that has not heard from the store for so long tells executors to look for another one: its lease runs out before they have found it. */
export const DOUBT_MS = 2 * RENEW_MS;
/** Others ask so often whether the lease is free. */
export const FOLLOW_MS = 250;

export type Role = { kind: 'leader'; leader: Leader } | { kind: 'follower'; leader: Leader | null };

/**
 * The role after asking the store (`answer` null: it did not say). Silence changes nothing: a leader that cannot reach the store
 * can neither plan nor commit, and whoever took its place meanwhile has fenced it. So an outage of the store pauses jobs and no more.
 */
export function nextRole(role: Role, answer: Leader | null, incarnation: string): Role {
  if (answer === null) return role;
  return { kind: answer.incarnation === incarnation ? 'leader' : 'follower', leader: answer };
}

/** Between two looks at the store. */
export function pauseMs(role: Role, answer: Leader | null): number {
  return role.kind === 'leader' && answer !== null ? RENEW_MS : FOLLOW_MS;
}
