import type { StateFile } from '../lanes/messages.ts';

/** Never the version of a file: rows of such a partition are not wanted. */
export const PARTITION_UNWANTED = 2 ** 31 - 1;

/**
 * For each state partition the first file (counting from 1, oldest first) whose rows count: the newest snapshot that
 * covers it, or 1. Rows of older files are superseded, and some of them were evicted since: they must not come back.
 */
export function firstFileOfPartition(
  files: readonly Pick<StateFile, 'kind' | 'partitions'>[],
  wanted: readonly number[],
  statePartitions: number,
): number[] {
  const first = new Array<number>(statePartitions).fill(PARTITION_UNWANTED);
  for (const partition of wanted) {
    const snapshot = files.findLastIndex(
      ({ kind, partitions }) => kind === 'snapshot' && partitions.includes(partition),
    );
    first[partition] = Math.max(snapshot, 0) + 1;
  }
  return first;
}
