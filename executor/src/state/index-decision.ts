// An index of a state table is worth what its upkeep costs less than scans would. Figures: 5 M rows, groups
// of a BIGINT key, two lanes at once.

/** To look through the table for some keys and then to change their rows, a row of the table. */
const SCAN_NS = 30;
/** To find a row by the index and change it, or to add one. */
const PROBE_NS = 18_000;
/** To build the index, a row of the table. */
const BUILD_NS = 300;
/** What the index takes, a row of the table. */
const INDEX_BYTES = 48;
/** Below it nothing is gained that anybody could see. */
const INDEXED_ROWS_MIN = 200_000;
/** Of the lane's memory: an index cannot be spilled. */
const MEMORY_SHARE = 1 / 8;

/** Up to so many keys, as a share of the table's rows, the index is faster than a scan. */
export const INDEXED_KEYS_SHARE = SCAN_NS / PROBE_NS;

/** `regretNs`: what the batches so far would have been spared, had the table been as it is not. */
export type IndexUse = { indexed: boolean; regretNs: number };

export const NO_INDEX: IndexUse = { indexed: false, regretNs: 0 };

/** A batch as a table sees it: its rows then, and how many keys at most are looked up. */
export type TableLoad = { rows: number; keys: number };

/**
 * Builds the index, or drops it, once the batches have paid as much for doing without as that costs: never more than twice what
 * would have been spent by someone who had known them all.
 */
export function chooseIndex(use: IndexUse, { rows, keys }: TableLoad, memoryMaxBytes: number): IndexUse {
  if (rows < INDEXED_ROWS_MIN || rows * INDEX_BYTES > memoryMaxBytes * MEMORY_SHARE) return NO_INDEX;
  const spared = rows * SCAN_NS - keys * PROBE_NS;
  const regretNs = Math.max(0, use.regretNs + (use.indexed ? -spared : spared));
  return regretNs > rows * BUILD_NS ? { indexed: !use.indexed, regretNs: 0 } : { ...use, regretNs };
}
