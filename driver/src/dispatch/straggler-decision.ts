/** What a task is compared with to tell whether it straggles. Milliseconds. */
export type StragglerFacts = {
  /** Tasks of the stage in this batch. */
  tasks: number;
  /** What those took that are done. */
  finishedMs: readonly number[];
  /** What the slowest task of the stage takes in other batches; null: not known. */
  usualMs: number | null;
  /** Of committed state that would have to be restored elsewhere first, compressed. */
  restoreBytes: number;
};

/** Below it, what looks slow is mostly a pause: a collection of garbage, a leader that moves. A second attempt must be worth its lane. */
export const RUNNING_MIN_MS = 1_000;
/** A task that takes so many times as long as others is not merely larger: ranges are cut to equal sizes. */
const MULTIPLIER = 3;
/** Of the stage's tasks must be done before they count as the measure. */
const FINISHED_SHARE_MIN = 0.5;
/** State comes back from the store at about this speed: reading, parsing, building the table. */
const RESTORE_BYTES_PER_MS = 20_000;

/** How long a task may run before a second attempt elsewhere is worth it; null while there is nothing to compare it with. */
export function straggleAfterMs({ tasks, finishedMs, usualMs, restoreBytes }: StragglerFacts): number | null {
  const typicalMs = finishedMs.length >= tasks * FINISHED_SHARE_MIN ? median(finishedMs) : usualMs;
  if (typicalMs === null) return null;
  return Math.max(RUNNING_MIN_MS, typicalMs * MULTIPLIER) + restoreBytes / RESTORE_BYTES_PER_MS;
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
