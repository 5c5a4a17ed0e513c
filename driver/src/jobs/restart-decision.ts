import type { MillraceError } from '@millrace/shared/errors';
import type { RestartPolicy } from '@millrace/shared/spec';

export type RestartDecision =
  | { kind: 'restart'; delayMs: number }
  /** `tooMany`: each failure alone would have been worth a restart. */
  | { kind: 'fail'; tooMany: boolean }
  /** A newer driver runs the job now. */
  | { kind: 'stepDown' };

/** What to do when a run of a job ends in an error. `failuresMs`: times of the failures so far, this one last. */
export function decideRestart(
  error: MillraceError,
  failuresMs: readonly number[],
  policy: RestartPolicy,
): RestartDecision {
  if (error.code === 'STALE_DRIVER_EPOCH') return { kind: 'stepDown' };
  if (error.domain === 'user') return { kind: 'fail', tooMany: false };
  const now = failuresMs.at(-1) ?? 0;
  const recent = failuresMs.filter((time) => time > now - policy.spanMs).length;
  if (recent > policy.failuresMax) return { kind: 'fail', tooMany: true };
  return { kind: 'restart', delayMs: Math.min(policy.backoffMax, policy.backoffInitialMs * 2 ** (recent - 1)) };
}
