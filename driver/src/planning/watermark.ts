import type { Watermark } from '@millrace/shared/spec';
import type { Position } from './batch-plan.ts';

/** A partition as the watermark sees it. */
export type PartitionTime = Pick<Position, 'maxEventTimeMs'> & {
  /** Nothing unread at the broker for the source's idle timeout: it does not hold the watermark back. */
  idle: boolean;
};

/**
 * Watermark of one source: the minimum over its partitions of the highest event time seen, less the delay. The
 * minimum, because partitions are read at different speeds during catch-up and a maximum would make the slower
 * ones late. A partition that has shown no event time yet holds it back until it is idle. Never moves backwards.
 * Null: nothing known yet.
 */
export function sourceWatermark(
  partitions: readonly PartitionTime[],
  delayMs: number,
  previous: number | null,
): number | null {
  const active = partitions.filter((partition) => !partition.idle);
  const counted = active.length > 0 ? active : partitions.filter((partition) => partition.maxEventTimeMs !== null);
  const times = counted.map((partition) => partition.maxEventTimeMs);
  const known = times.filter((time) => time !== null);
  if (known.length === 0 || known.length < times.length) return previous;
  const watermark = Math.min(...known) - delayMs;
  return previous === null ? watermark : Math.max(previous, watermark);
}

/** Watermark of a job: the minimum over the sources that have one. */
export function jobWatermark(
  sources: readonly { watermark: Watermark; partitions: readonly PartitionTime[] }[],
  previous: number | null,
): number | null {
  if (sources.length === 0) return null;
  const each = sources.map((source) => sourceWatermark(source.partitions, source.watermark.delayMs, previous));
  const known = each.filter((watermark) => watermark !== null);
  return known.length < each.length ? previous : Math.min(...known);
}
