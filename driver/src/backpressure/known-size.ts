import { toMillraceError } from '@millrace/shared/errors';
import { keyOf, type LatestOffset, type Position } from '../planning/batch-plan.ts';
import type { OffsetSource } from '../planning/offset-source.ts';
import type { RateEstimate } from './rate-estimator.ts';

/** With less to read, a batch of the largest records that brokers usually take is no harm. */
const RECORDS_UNSEEN_MAX = 100;
/** Those with most to read stand for the rest. */
const PARTITIONS_SEEN_MAX = 4;

/**
 * What is known of the rate, and before anything is, the size of records by a look at some that are going to be read: a first
 * batch whose records are a hundred times larger than usual would fill the memory of executors. What the look
 * finds wrong with the records is for the batch to find again, and to say.
 */
export async function knownSize(
  offsets: Pick<OffsetSource, 'recordBytes'>,
  rate: RateEstimate | null,
  { positions, latest }: { positions: readonly Position[]; latest: readonly LatestOffset[] },
): Promise<RateEstimate | null> {
  if (rate !== null) return rate;
  const latestOf = new Map(latest.map((entry) => [keyOf(entry), entry.latest]));
  const behind = positions
    .map((position) => ({ position, lag: (latestOf.get(keyOf(position)) ?? 0) - position.offset }))
    .filter(({ lag }) => lag > 0)
    .sort((a, b) => b.lag - a.lag);
  if (behind.reduce((sum, { lag }) => sum + lag, 0) <= RECORDS_UNSEEN_MAX) return null;
  const seen = behind.slice(0, PARTITIONS_SEEN_MAX).map(({ position }) => position);
  const bytesPerRecord = await offsets.recordBytes(seen).catch((thrown: unknown) => {
    if (toMillraceError(thrown).retry === 'backoff') throw thrown;
    return null;
  });
  return bytesPerRecord === null ? null : { bytesPerRecord, speed: null };
}
