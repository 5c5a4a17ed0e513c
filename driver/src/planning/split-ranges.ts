import type { LoggedRange } from '@millrace/shared/store';

/** Up to so many records a batch is one task a lane could not finish sooner if it were cut. */
const RECORDS_PER_SMALL_TASK = 20_000;
/** A larger task gains nothing (fixed costs are below 2 %) and lengthens the tail of the batch. */
const RECORDS_PER_TASK_MAX = 250_000;
/** With two tasks a lane, fetching the second overlaps computing the first. */
const TASKS_PER_LANE = 2;

/**
 * Cuts the ranges of a batch into tasks of about equal size: small batches into one task over all partitions, large
 * ones so that every lane works and none waits long for the last. Empty ranges are left out. Deterministic.
 */
export function splitIntoTasks(ranges: readonly LoggedRange[], lanes: number): LoggedRange[][] {
  const filled = ranges.filter((range) => range.until > range.from);
  const total = filled.reduce((sum, range) => sum + range.until - range.from, 0);
  if (total === 0) return [];
  const size = taskSize(total, Math.max(1, lanes));
  const tasks: LoggedRange[][] = [];
  let task: LoggedRange[] = [];
  let room = size;
  for (const range of filled) {
    let from = range.from;
    while (from < range.until) {
      const until = Math.min(range.until, from + room);
      task.push({ ...range, from, until });
      room -= until - from;
      from = until;
      if (room === 0) {
        tasks.push(task);
        task = [];
        room = size;
      }
    }
  }
  if (task.length > 0) tasks.push(task);
  return tasks;
}

function taskSize(total: number, lanes: number): number {
  const wanted = Math.ceil(total / (lanes * TASKS_PER_LANE));
  const bounded = Math.min(RECORDS_PER_TASK_MAX, Math.max(RECORDS_PER_SMALL_TASK, wanted));
  // Equal tasks: 260 records at a bound of 250 are two of 130, not 250 and 10.
  return Math.ceil(total / Math.ceil(total / bounded));
}
