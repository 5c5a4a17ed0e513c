import { MillraceError } from '@millrace/shared/errors';
import { keyOf, type LatestOffset, type TopicPartition } from './batch-plan.ts';

/** A partition whose records from `offset` on cannot be read yet: a transaction is open there. */
export type BlockedPartition = TopicPartition & { offset: number; records: number };

export type BlockTracker = {
  /** Notes up to where partitions can be read, and where they end; `nowMs` is monotonic time. */
  observe(latest: readonly LatestOffset[], ends: readonly LatestOffset[], nowMs: number): void;
  /** Partitions that could be read no further for so long, the one with most records first. */
  blocked(forMs: number, nowMs: number): BlockedPartition[];
};

/** Tells a transaction that hangs from one that is under way: the last stable offset stands still. */
export function createBlockTracker(): BlockTracker {
  const known = new Map<string, { at: BlockedPartition; sinceMs: number }>();
  return {
    observe(latest, ends, nowMs) {
      const latestOf = new Map(latest.map((entry) => [keyOf(entry), entry.latest]));
      for (const { latest: end, ...place } of ends) {
        const key = keyOf(place);
        const offset = latestOf.get(key) ?? end;
        const before = known.get(key);
        const sinceMs = before?.at.offset === offset ? before.sinceMs : nowMs;
        if (end > offset) known.set(key, { at: { ...place, offset, records: end - offset }, sinceMs });
        else known.delete(key);
      }
    },
    blocked: (forMs, nowMs) =>
      [...known.values()]
        .filter(({ sinceMs }) => nowMs - sinceMs >= forMs)
        .map(({ at }) => at)
        .sort((a, b) => b.records - a.records),
  };
}

/** What people are told about partitions that are blocked. */
export function transactionOpen(blocked: readonly [BlockedPartition, ...BlockedPartition[]]): MillraceError {
  const [{ topic, partition, offset, records }, ...others] = blocked;
  const more =
    others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'partition' : 'partitions'}`;
  return new MillraceError(
    'TRANSACTION_OPEN',
    `${topic}/${partition} can be read up to offset ${offset} only: a transaction is open there, ${records} records wait behind it${more}`,
    {
      hint: 'its producer ends it, or Kafka after its transaction.timeout.ms; `kafka-transactions.sh find-hanging` finds one that nobody ends',
      details: { topic, partition, offset, records },
    },
  );
}
