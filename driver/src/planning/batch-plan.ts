import type { LoggedRange } from '@millrace/shared/store';

export type TopicPartition = { source: string; topic: string; partition: number };

/** Where reading goes on, and what is known of the partition's event times. */
export type Position = TopicPartition & { offset: number; maxEventTimeMs: number | null };

/** The offset that reading may go up to, exclusive: the last stable offset at the broker. */
export type LatestOffset = TopicPartition & { latest: number };

export const keyOf = ({ source, topic, partition }: TopicPartition): string => `${source}/${topic}/${partition}`;

/**
 * Ranges of the next batch: every partition appears, with `from = until` where nothing is read. When more is waiting
 * than `recordsMax`, it is dealt out (`shareOut`). Throws nothing: a latest offset behind the position is the caller's to
 * notice (`offsetsRanBackwards`).
 */
export function planRanges(
  positions: readonly Position[],
  latest: readonly LatestOffset[],
  recordsMax: number,
): LoggedRange[] {
  const latestOf = new Map(latest.map((entry) => [keyOf(entry), entry.latest]));
  const lags = positions.map((position) =>
    Math.max(0, (latestOf.get(keyOf(position)) ?? position.offset) - position.offset),
  );
  const shares = shareOut(lags, recordsMax);
  return positions.map(({ source, topic, partition, offset }, index) => {
    return { source, topic, partition, from: offset, until: offset + shares[index]! };
  });
}

/** Of a full batch: dealt out evenly before the rest goes by lag. */
const EVEN_SHARE = 0.5;

/**
 * Records of each partition, about `recordsMax` in all. Half of it is dealt out evenly, so that partitions with little to read are read
 * whole, however far a hot one is behind; the rest goes by lag, so that partitions of different size come forward together
 * and their event times stay close. A partition with anything to read gets a record: a limit always allows progress.
 */
function shareOut(lags: readonly number[], recordsMax: number): number[] {
  const total = lags.reduce((sum, lag) => sum + lag, 0);
  if (total <= recordsMax) return [...lags];
  const partitions = lags.filter((lag) => lag > 0).length;
  const even = lags.map((lag) => Math.min(lag, Math.floor((recordsMax * EVEN_SHARE) / partitions)));
  const dealt = even.reduce((sum, records) => sum + records, 0);
  const share = (recordsMax - dealt) / (total - dealt);
  return lags.map((lag, index) => {
    const first = even[index]!;
    return lag === 0 ? 0 : Math.max(1, first + Math.floor((lag - first) * share));
  });
}

/** Partitions whose end lies before what was already read: the topic was recreated, or the broker lost data. */
export function offsetsRanBackwards(positions: readonly Position[], latest: readonly LatestOffset[]): Position[] {
  const latestOf = new Map(latest.map((entry) => [keyOf(entry), entry.latest]));
  return positions.filter((position) => (latestOf.get(keyOf(position)) ?? position.offset) < position.offset);
}

/**
 * What of the ranges is worth writing down: those that are read, and partitions that no commit knows yet. A batch of a few records
 * of a thousand partitions is then a small entry.
 */
export function rangesToLog(ranges: readonly LoggedRange[], committed: readonly TopicPartition[]): LoggedRange[] {
  const known = new Set(committed.map(keyOf));
  return ranges.filter((range) => range.until > range.from || !known.has(keyOf(range)));
}

/** Partitions that could have been read further. */
export function unreadAfter(ranges: readonly LoggedRange[], latest: readonly LatestOffset[]): LatestOffset[] {
  const untilOf = new Map(ranges.map((range) => [keyOf(range), range.until]));
  return latest.filter((entry) => entry.latest > (untilOf.get(keyOf(entry)) ?? 0));
}

export const recordsIn = (ranges: readonly LoggedRange[]): number =>
  ranges.reduce((sum, range) => sum + range.until - range.from, 0);

/** Partitions that appeared since. */
export function newPartitions(positions: readonly Position[], latest: readonly LatestOffset[]): TopicPartition[] {
  const known = new Set(positions.map(keyOf));
  return latest
    .filter((entry) => !known.has(keyOf(entry)))
    .map(({ source, topic, partition }) => ({ source, topic, partition }));
}
