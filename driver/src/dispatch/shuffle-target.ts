import type { ShuffleTargetInput } from '@millrace/proto';
import { type Stage, shuffleOutputsOf } from '@millrace/shared/plan';
import type { PlacedState } from './placement.ts';

/** Where the rows go that a stage shuffles; null where it shuffles none. */
export function shuffleTarget(stage: Stage, { slices, sliceOfPartition }: PlacedState): ShuffleTargetInput | null {
  if (shuffleOutputsOf(stage).length === 0) return null;
  return { sliceOfPartition, sliceIncarnations: slices.map(({ incarnation }) => incarnation) };
}
