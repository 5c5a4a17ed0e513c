import type { LoggedRange } from '@millrace/shared/store';

export type TopicPartition = { source: string; topic: string; partition: number };

/** Where reading goes on, and what is known of the partition's event times. */
export type Position = TopicPartition & { offset: number; maxEventTimeMs: number | null };

/** The offset that reading may go up to, exclusive: the last stable offset at the broker. */
export type LatestOffset = TopicPartition & { latest: number };

export const keyOf = ({ source, topic, partition }: TopicPartition): string => `${source}/${topic}/${partition}`;

/**
 * Ranges of the next batch: every partition appears, with `from = until` where nothing is read. When more is waiting
 * than `recordsMax`, each partition gets its share by lag, and at least one record, so that a hot partition cannot
 * starve the others and a limit always allows progress. Throws nothing: a latest offset behind the position is the
 * caller's to notice (`offsetsRanBackwards`).
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
  const total = lags.reduce((sum, lag) => sum + lag, 0);
  const share = total > recordsMax ? recordsMax / total : 1;
  return positions.map(({ source, topic, partition, offset }, index) => {
    const lag = lags[index] ?? 0;
    const records = share === 1 ? lag : Math.min(lag, Math.max(1, Math.floor(lag * share)));
    return { source, topic, partition, from: offset, until: offset + records };
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
