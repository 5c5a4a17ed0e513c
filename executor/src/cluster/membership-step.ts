// When to tell the driver what. Pure; membership.ts does it.
import type { ErrorCode } from '@millrace/shared/errors';

export type MembershipState = {
  /** The driver knows this incarnation, as far as we know. */
  registered: boolean;
  /** Calls in a row that failed. */
  failures: number;
};

export type MembershipStep = {
  state: MembershipState;
  next: 'register' | 'heartbeat';
  delayMs: number;
  /** The driver did not answer: try its next address. */
  rotate: boolean;
};

/** A driver that starts again is found within a second; meanwhile it is not flooded. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 500;

/** `outcome`: null when the last call succeeded, else its error's code. `jitter` is uniform in [0, 1). */
export function nextMembershipStep(
  before: MembershipState,
  outcome: ErrorCode | null,
  timing: { heartbeatMs: number; jitter: number },
): MembershipStep {
  if (outcome === null) {
    const state = { registered: true, failures: 0 };
    return { state, next: 'heartbeat', delayMs: timing.heartbeatMs, rotate: false };
  }
  const failures = before.failures + 1;
  // A driver that has started again, or has given us up, knows nothing of us: enter anew, at once the first time.
  if (outcome === 'EXECUTOR_UNKNOWN') {
    const delayMs = failures === 1 ? 0 : backoffMs(failures, timing.jitter);
    return { state: { registered: false, failures }, next: 'register', delayMs, rotate: false };
  }
  const state = { registered: before.registered, failures };
  const next = before.registered ? 'heartbeat' : 'register';
  return { state, next, delayMs: backoffMs(failures, timing.jitter), rotate: true };
}

/** Half of it is random, so that the executors of a cluster do not come all at once. */
function backoffMs(failures: number, jitter: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return full / 2 + (full / 2) * jitter;
}
