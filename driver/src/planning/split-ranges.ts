import type { LoggedRange } from '@millrace/shared/store';

/** Up to so many records a batch is one task a lane could not finish sooner if it were cut. */
const RECORDS_PER_SMALL_TASK = 20_000;
/** A larger task gains nothing (fixed costs are below 2 %) and lengthens the tail of the batch. */
const RECORDS_PER_TASK_MAX = 250_000;
/** … nor one of so many bytes, which a lane holds as records and as rows; two of them fit into the prefetch budget of an executor. */
const BYTES_PER_TASK_MAX = 64 * 1024 * 1024;
/** With two tasks a lane, fetching the second overlaps computing the first. */
const TASKS_PER_LANE = 2;
/** A range of at least this share of a task has tasks of its own; a shorter one shares. */
const OWN_TASK_SHARE = 0.5;

/**
 * Cuts the ranges of a batch into tasks of about equal size: small batches into one task over all partitions, large
 * ones so that every lane works and none waits long for the last. A task of one range can be read and parsed in one go, so
 * large ranges are cut each by itself. Empty ranges are left out. Deterministic. `bytesPerRecord`: null where nothing is known of it.
 */
export function splitIntoTasks(
  ranges: readonly LoggedRange[],
  lanes: number,
  bytesPerRecord: number | null,
): LoggedRange[][] {
  const filled = ranges.filter((range) => lengthOf(range) > 0);
  const total = filled.reduce((sum, range) => sum + lengthOf(range), 0);
  if (total === 0) return [];
  const byBytes = bytesPerRecord === null ? total : Math.max(1, Math.floor(BYTES_PER_TASK_MAX / bytesPerRecord));
  const sizeMax = Math.min(byBytes, taskSizeMax(total, Math.max(1, lanes)));
  if (total <= sizeMax) return [filled];
  const hasOwn = (range: LoggedRange) => lengthOf(range) >= sizeMax * OWN_TASK_SHARE;
  const own = filled.filter(hasOwn).flatMap((range) => cutEvenly(range, sizeMax).map((piece) => [piece]));
  const shared = filled.filter((range) => !hasOwn(range));
  return [...own, ...gather(shared, sizeMax)];
}

const lengthOf = ({ from, until }: LoggedRange): number => until - from;

/** Equal pieces: 260 records at a bound of 250 are two of 130, not 250 and 10. */
function cutEvenly(range: LoggedRange, sizeMax: number): LoggedRange[] {
  const pieces = Math.ceil(lengthOf(range) / sizeMax);
  const startOf = (piece: number) => range.from + Math.round((lengthOf(range) * piece) / pieces);
  return Array.from({ length: pieces }, (_, piece) => {
    return { ...range, from: startOf(piece), until: startOf(piece + 1) };
  });
}

/** Ranges in order, as many in a task as fit; none is longer than `sizeMax`. */
function gather(ranges: readonly LoggedRange[], sizeMax: number): LoggedRange[][] {
  const tasks: LoggedRange[][] = [];
  let room = 0;
  for (const range of ranges) {
    const task = tasks.at(-1);
    if (task && lengthOf(range) <= room) task.push(range);
    else {
      tasks.push([range]);
      room = sizeMax;
    }
    room -= lengthOf(range);
  }
  return tasks;
}

function taskSizeMax(total: number, lanes: number): number {
  const wanted = Math.ceil(total / (lanes * TASKS_PER_LANE));
  return Math.min(RECORDS_PER_TASK_MAX, Math.max(RECORDS_PER_SMALL_TASK, wanted));
}
