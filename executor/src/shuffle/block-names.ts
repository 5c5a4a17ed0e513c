/** Of a shuffle block, within its job: unique, because it holds the attempt. */
export const blockName = (attemptId: string, { shuffle, slice }: { shuffle: string; slice: number }): string =>
  `${attemptId}/${shuffle}/${slice}`;

/** Stands for "not computed": the block was meant to stay on its executor. Its length is checked all the same. */
export const NO_CRC32 = 0;
