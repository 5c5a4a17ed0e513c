import { MillraceError } from '@millrace/shared/errors';
import { type LatestOffset, offsetsRanBackwards, type Position } from '../planning/batch-plan.ts';

/** A new leader may show an older end for a moment; a topic that was deleted and made again shows it for good. */
const BACKWARDS_MAX_MS = 30_000;

/**
 * Watches for ends that lie before what was already read. Reading on would repeat or skip records, so after a while it
 * throws OFFSETS_GONE. `nowMs` is monotonic time.
 */
export function createBackwardsGuard(): (
  positions: readonly Position[],
  latest: readonly LatestOffset[],
  nowMs: number,
) => void {
  let since: number | null = null;
  return (positions, latest, nowMs) => {
    const [first] = offsetsRanBackwards(positions, latest);
    if (!first) {
      since = null;
      return;
    }
    since ??= nowMs;
    if (nowMs - since < BACKWARDS_MAX_MS) return;
    const { topic, partition, offset } = first;
    throw new MillraceError(
      'OFFSETS_GONE',
      `topic "${topic}" partition ${partition} ends before offset ${offset}, which was read already`,
      {
        hint: 'the topic was deleted and made again, or its brokers lost data: delete the job and submit it anew to read the new topic',
        details: { topic, partition, offset },
      },
    );
  };
}
