import type { StateBlobRecord } from './records.ts';

/** Sorts state blobs oldest first. Blobs of one batch cover different rows: the name only makes the order certain. */
export function oldestFirst(a: StateBlobRecord, b: StateBlobRecord): number {
  return a.batchId - b.batchId || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
