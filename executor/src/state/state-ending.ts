import type { StateTable } from '@millrace/shared/plan';
import type { LaneTask } from '../lanes/messages.ts';

/** How far a batch had come in event time and, as stateTtl tells, in what is forgotten; null: nowhere yet. Ms since the epoch. */
export type Reached = { watermarkMs: number | null; ttlCutoffMs: number | null };

/** What a task knows of the batches before it. */
export type TimesBefore = Pick<LaneTask, 'previousWatermarkMs' | 'ttl'>;

export const reachedBefore = ({ previousWatermarkMs, ttl }: TimesBefore): Reached => ({
  watermarkMs: previousWatermarkMs,
  ttlCutoffMs: ttl?.previousCutoffMs ?? null,
});

export const reachedBy = ({ watermarkMs, ttl }: Pick<LaneTask, 'watermarkMs' | 'ttl'>): Reached => ({
  watermarkMs,
  ttlCutoffMs: ttl?.cutoffMs ?? null,
});

/** What removes rows that ended in batches up to one that had come so far: SQL over a variable, at every multiple of `everyMs`. Null: nothing does. */
export function endingOf(
  { evict, ttl }: Pick<StateTable, 'evict' | 'ttl'>,
  { watermarkMs, ttlCutoffMs }: Reached,
): { sql: string; everyMs: number; variable: string; toMs: number } | null {
  if (evict !== null)
    return watermarkMs === null ? null : { ...evict, variable: 'previous_watermark', toMs: watermarkMs };
  if (ttl === undefined || ttlCutoffMs === null) return null;
  return { sql: ttl.evictSql, everyMs: 1, variable: 'previous_ttl_cutoff', toMs: ttlCutoffMs };
}
