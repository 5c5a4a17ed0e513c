import { keyOf, type LatestOffset, type Position, type TopicPartition } from './batch-plan.ts';

export type IdleTracker = {
  /** Notes what the broker has; `nowMs` is monotonic time. */
  observe(positions: readonly Position[], latest: readonly LatestOffset[], nowMs: number): void;
  isIdle(partition: TopicPartition, idleTimeoutMs: number, nowMs: number): boolean;
};

/**
 * Remembers since when each partition has had nothing unread. A backlog that is only throttled never looks idle:
 * it is unread at the broker. The memory is the driver's alone; the watermark that follows from it is logged.
 */
export function createIdleTracker(): IdleTracker {
  const caughtUpSince = new Map<string, number>();
  return {
    observe(positions, latest, nowMs) {
      const latestOf = new Map(latest.map((entry) => [keyOf(entry), entry.latest]));
      for (const position of positions) {
        const key = keyOf(position);
        const unread = (latestOf.get(key) ?? position.offset) > position.offset;
        if (unread) caughtUpSince.delete(key);
        else if (!caughtUpSince.has(key)) caughtUpSince.set(key, nowMs);
      }
    },
    isIdle(partition, idleTimeoutMs, nowMs) {
      const since = caughtUpSince.get(keyOf(partition));
      return since !== undefined && nowMs - since >= idleTimeoutMs;
    },
  };
}
