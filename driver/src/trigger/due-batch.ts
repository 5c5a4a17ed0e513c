import { keyOf, type LatestOffset, type Position } from '../planning/batch-plan.ts';

/** Why a batch is run. */
export type BatchReason = 'first' | 'data' | 'time';

export type DueFacts = {
  /** Nothing has been committed yet: the first batch pins the starting offsets, even without data. */
  first: boolean;
  positions: readonly Position[];
  latest: readonly LatestOffset[];
  /** What the watermark would be, planned now. */
  watermarkMs: number | null;
  /** A watermark at or past it closes state. */
  nextExpiryMs: number | null;
  /** Planned now, it would take back what stateTtl has ended. */
  forgets: boolean;
};

/** Whether a batch would do anything now. */
export function dueBatch({
  first,
  positions,
  latest,
  watermarkMs,
  nextExpiryMs,
  forgets,
}: DueFacts): BatchReason | null {
  if (first) return 'first';
  if (hasUnread(positions, latest)) return 'data';
  if (forgets) return 'time';
  if (nextExpiryMs !== null && watermarkMs !== null && watermarkMs >= nextExpiryMs) return 'time';
  return null;
}

/** Partitions that appeared since are unread as well. */
export function hasUnread(positions: readonly Position[], latest: readonly LatestOffset[]): boolean {
  const offsetOf = new Map(positions.map((position) => [keyOf(position), position.offset]));
  return latest.some((entry) => entry.latest > (offsetOf.get(keyOf(entry)) ?? 0));
}

/** The next multiple of the interval, so that batches start at even times whatever they take. */
export function nextTickMs(nowMs: number, everyMs: number): number {
  return (Math.floor(nowMs / everyMs) + 1) * everyMs;
}
