import type { ErrorCode, MillraceError } from '@millrace/shared/errors';
import type { RestartPolicy } from '@millrace/shared/spec';

/** Past a lease: whoever took the job over leads by then, and this driver does not, or is gone. */
const TAKE_BACK_DELAY_MS = 5_000;

/** Nobody's mistake in the spec, and still no restart mends it. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['STORE_CORRUPT', 'BLOB_CORRUPT', 'BLOB_LOST']);

export type RestartDecision =
  | { kind: 'restart'; delayMs: number }
  /** `tooMany`: each failure alone would have been worth a restart. */
  | { kind: 'fail'; tooMany: boolean }
  /** Another driver has taken the job over. As long as this one leads, the job is its own: take it back after a while. */
  | { kind: 'takeBack'; delayMs: number };

/** What to do when a run of a job ends in an error. `failuresMs`: times of the failures so far, this one last. */
export function decideRestart(
  error: MillraceError,
  failuresMs: readonly number[],
  policy: RestartPolicy,
): RestartDecision {
  if (error.code === 'STALE_DRIVER_EPOCH') return { kind: 'takeBack', delayMs: TAKE_BACK_DELAY_MS };
  if (error.domain === 'user' || HOPELESS.has(error.code)) return { kind: 'fail', tooMany: false };
  const now = failuresMs.at(-1) ?? 0;
  const recent = failuresMs.filter((time) => time > now - policy.spanMs).length;
  if (recent > policy.failuresMax) return { kind: 'fail', tooMany: true };
  return { kind: 'restart', delayMs: Math.min(policy.backoffMax, policy.backoffInitialMs * 2 ** (recent - 1)) };
}
