import type { LoggedRange } from '@millrace/shared/store';

/** Cuts ranges into at most `count` pieces of about equal length, in order; a piece may go over the end of a range. */
export function cutPieces(ranges: readonly LoggedRange[], count: number): LoggedRange[][] {
  const sizeMax = Math.ceil(lengthOf(ranges) / count);
  const pieces: LoggedRange[][] = [];
  let room = 0;
  for (const range of ranges) {
    for (let from = range.from; from < range.until; ) {
      if (room === 0) {
        pieces.push([]);
        room = sizeMax;
      }
      const until = Math.min(range.until, from + room);
      pieces.at(-1)!.push({ ...range, from, until });
      room -= until - from;
      from = until;
    }
  }
  return pieces;
}

/** In offsets: records, and gaps where there are any. */
export const lengthOf = (ranges: readonly LoggedRange[]): number =>
  ranges.reduce((sum, { from, until }) => sum + until - from, 0);
