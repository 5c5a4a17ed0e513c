import type { StateTtlRecord } from '@millrace/shared/store';

/** Cutoffs move by such parts of the ttl: looking for what is forgotten takes a look at all that is kept. */
const CUTOFFS_OF_TTL = 16;

/**
 * What a batch at `timestampMs` forgets: what arrived the ttl before, to a sixteenth. A cutoff never goes back, whatever becomes of the ttl: what was
 * forgotten may still lie in the store. Null: the job has no ttl. Pure.
 */
export function nextStateTtl(
  before: StateTtlRecord | null,
  ttlMs: number | null,
  timestampMs: number,
): StateTtlRecord | null {
  if (ttlMs === null) return null;
  const stepMs = Math.max(1, Math.floor(ttlMs / CUTOFFS_OF_TTL));
  const cutoffMs = Math.floor((timestampMs - ttlMs) / stepMs) * stepMs;
  return {
    sinceMs: before?.sinceMs ?? timestampMs,
    cutoffMs: Math.max(cutoffMs, before?.cutoffMs ?? Number.NEGATIVE_INFINITY),
  };
}

/** Whether a batch with this cutoff forgets anything that the one before did not. */
export const forgetsMore = (now: StateTtlRecord | null | undefined, before: StateTtlRecord | null): boolean =>
  now != null && before !== null && now.cutoffMs > before.cutoffMs;
