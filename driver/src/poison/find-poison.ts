import type { MillraceError } from '@millrace/shared/errors';
import type { LoggedRange } from '@millrace/shared/store';
import { cutPieces, lengthOf } from './cut-pieces.ts';

/** The smallest ranges that fail by themselves, and how. */
export type Poison = { ranges: LoggedRange[]; failure: MillraceError };

/**
 * Of one level. Rehearsals that succeed are cheap, one that fails may cost an executor: with so many pieces three failures find one
 * record among 250,000, where halving would take eighteen.
 */
const PIECES = 64;

/**
 * Looks for what makes a task fail by rehearsing pieces of its ranges, in order, then pieces of the first that fails.
 * `rehearse` gives the error that a piece ends in, null when it succeeds. Null: no piece fails by itself.
 */
export async function findPoison(
  ranges: readonly LoggedRange[],
  rehearse: (piece: LoggedRange[]) => Promise<MillraceError | null>,
): Promise<Poison | null> {
  let found: Poison | null = null;
  while (found === null || lengthOf(found.ranges) > 1) {
    const hit = await firstThatFails(cutPieces(found?.ranges ?? ranges, PIECES), rehearse);
    if (hit === null) return found;
    found = hit;
  }
  return found;
}

async function firstThatFails(
  pieces: readonly LoggedRange[][],
  rehearse: (piece: LoggedRange[]) => Promise<MillraceError | null>,
): Promise<Poison | null> {
  for (const ranges of pieces) {
    const failure = await rehearse(ranges);
    if (failure) return { ranges, failure };
  }
  return null;
}
