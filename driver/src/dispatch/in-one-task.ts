import type { Stage } from '@millrace/shared/plan';
import type { LoggedRange } from '@millrace/shared/store';
import type { PlacedSlice } from './placement.ts';

export type SourceTasks = { stage: Stage; tasks: LoggedRange[][] };

/** The one task that can run a whole batch; null where there is more to read than one task should, or state in several lanes. */
export function inOneTask(
  sources: readonly SourceTasks[],
  slices: readonly PlacedSlice[],
): { slice: PlacedSlice; stage: Stage; ranges: LoggedRange[] } | null {
  const [slice, otherSlice] = slices;
  const [only, another] = sources.flatMap(({ stage, tasks }) => tasks.map((ranges) => ({ stage, ranges })));
  if (!slice || otherSlice || !only || another) return null;
  return { slice, ...only };
}
