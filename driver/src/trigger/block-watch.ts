import type { Clock } from '@millrace/shared/clock';
import type { Logger } from '@millrace/shared/logging';
import { keyOf, type LatestOffset } from '../planning/batch-plan.ts';
import type { OffsetSource } from '../planning/offset-source.ts';
import { createBlockTracker, transactionOpen } from '../planning/open-transactions.ts';
import type { JobEvents } from '../progress/job-events.ts';

/** One request more, so not with every batch; well below any idle timeout that makes sense. */
const LOOK_EVERY_MS = 1_000;
/** Transactions of ordinary producers end within some seconds; Kafka itself ends them after a minute unless told. */
const BLOCKED_AFTER_MS = 10_000;

export type BlockWatchParts = {
  offsets: Pick<OffsetSource, 'ends'>;
  clock: Pick<Clock, 'monotonic'>;
  events: Pick<JobEvents, 'blocked'>;
  log: Pick<Logger, 'warn'>;
};

/**
 * Looks beside the last stable offsets now and then where partitions end, and tells of transactions that stay open: a job must not
 * look idle while records wait. Gives both, the ends as known last.
 */
export function createBlockWatch({ offsets, clock, events, log }: BlockWatchParts) {
  const tracker = createBlockTracker();
  let ends: LatestOffset[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = '';

  function tell(): void {
    const [first, ...others] = tracker.blocked(BLOCKED_AFTER_MS, clock.monotonic());
    const now = first ? `${keyOf(first)}@${first.offset} ${others.length}` : '';
    if (now === told) return;
    told = now;
    const error = first ? transactionOpen([first, ...others]) : null;
    if (error) log.warn({ code: error.code, ...error.details }, error.message);
    events.blocked(error);
  }

  return async (latest: Promise<LatestOffset[]>): Promise<[latest: LatestOffset[], ends: LatestOffset[]]> => {
    const due = clock.monotonic() - lookedAt >= LOOK_EVERY_MS;
    const [seen, newEnds] = await Promise.all([latest, due ? offsets.ends() : null]);
    if (newEnds !== null) {
      ends = newEnds;
      lookedAt = clock.monotonic();
      tracker.observe(seen, ends, lookedAt);
      tell();
    }
    return [seen, furthest(seen, ends)];
  };
}

/** Ends are older than what was seen just now. */
function furthest(seen: readonly LatestOffset[], ends: readonly LatestOffset[]): LatestOffset[] {
  const endOf = new Map(ends.map((entry) => [keyOf(entry), entry.latest]));
  return seen.map((entry) => ({ ...entry, latest: Math.max(entry.latest, endOf.get(keyOf(entry)) ?? 0) }));
}
