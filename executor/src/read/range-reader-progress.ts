// What a Fetch response means for a range that is being read. Pure; range-reader.ts acts on it.
import { BATCH, LENGTH_OVERHEAD, MAGIC_V2 } from '@millrace/shared/kafka';

export type CompleteBatches = {
  /** Length of the leading batches that begin below `until`. */
  bytes: number;
  /** Offset after the last of them; `until` at least when a batch beyond the range was seen. Null: no complete batch. */
  next: number | null;
};

/**
 * Walks the batch headers. A batch that is cut off at the end belongs to the next Fetch. Bytes that are no batch of format v2 end
 * the range and are handed on as they are: the lane, which verifies, says what is wrong with them.
 */
export function completeBatches(records: Uint8Array, until: number): CompleteBatches {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  let at = 0;
  let next: number | null = null;
  while (at + BATCH.magic < records.byteLength) {
    const length = view.getInt32(at + BATCH.length);
    if (view.getInt8(at + BATCH.magic) !== MAGIC_V2 || length < BATCH.records - LENGTH_OVERHEAD) {
      return { bytes: records.byteLength, next: until };
    }
    const end = at + LENGTH_OVERHEAD + length;
    if (end > records.byteLength) break;
    const baseOffset = Number(view.getBigInt64(at));
    if (baseOffset >= until) return { bytes: at, next: until };
    next = baseOffset + view.getInt32(at + BATCH.lastOffsetDelta) + 1;
    at = end;
  }
  return { bytes: at, next };
}

export type FetchJudgement =
  /** Everything below `until` was seen. */
  | { kind: 'covered' }
  /** Go on from here. */
  | { kind: 'more'; next: number }
  /** Only a piece of a batch came: ask for more bytes. */
  | { kind: 'tooSmall' }
  /** Nothing came though the log goes on: perhaps other partitions filled the response. Ask for this one alone. */
  | { kind: 'askAlone' }
  /** The readable end of the log lies below `until`: wait for it. */
  | { kind: 'stalled' }
  /** The batches claim to end before what was asked for: asked again they would come again. */
  | { kind: 'damaged' };

/**
 * `alone`: the request named no other partition. A range ends by offset, not by count: when compaction or transaction
 * markers left nothing between `next` and the readable end of the log, an empty answer covers the range.
 */
export function judgeFetch(facts: {
  asked: number;
  until: number;
  batches: CompleteBatches;
  bytesSent: number;
  lastStableOffset: number;
  alone: boolean;
}): FetchJudgement {
  const { asked, until, batches, bytesSent, lastStableOffset, alone } = facts;
  if (batches.next !== null) {
    if (batches.next >= until) return { kind: 'covered' };
    return batches.next > asked ? { kind: 'more', next: batches.next } : { kind: 'damaged' };
  }
  if (bytesSent > 0) return { kind: 'tooSmall' };
  if (lastStableOffset < until) return { kind: 'stalled' };
  return alone ? { kind: 'covered' } : { kind: 'askAlone' };
}
