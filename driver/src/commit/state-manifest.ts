import type { StateBlobRecord } from '@millrace/shared/store';

/** A snapshot is due once this many deltas lie on the last one: each is a file to read at restore. */
const DELTAS_MAX = 100;
/** … or once the deltas outweigh the snapshot this many times (and are worth it at all). */
const DELTA_WEIGHT_MAX = 4;
const DELTA_BYTES_WORTH = 4 * 1024 * 1024;
/** Slices take turns: each waits this many deltas more than the one before, so that snapshots do not fall together. */
const DELTAS_STAGGER = 3;

/** The blobs that hold the given partitions of all operators, oldest first. */
export function blobsOf(manifest: readonly StateBlobRecord[], partitions: readonly number[]): StateBlobRecord[] {
  const wanted = new Set(partitions);
  return manifest.filter((blob) => blob.partitions.some((partition) => wanted.has(partition)));
}

/** Whether a slice whose committed blobs are these should write its whole state with the next batch. */
export function snapshotDue(blobs: readonly StateBlobRecord[], sliceIndex: number): boolean {
  const deltas = blobs.filter((blob) => blob.kind === 'delta');
  const deltaBytes = deltas.reduce((sum, blob) => sum + blob.bytes, 0);
  const snapshotBytes = blobs.reduce((sum, blob) => sum + (blob.kind === 'snapshot' ? blob.bytes : 0), 0);
  const operators = new Set(blobs.map((blob) => blob.operatorId)).size || 1;
  if (deltas.length >= operators * (DELTAS_MAX + (sliceIndex % 8) * DELTAS_STAGGER)) return true;
  return deltas.length >= 10 && deltaBytes > DELTA_BYTES_WORTH + DELTA_WEIGHT_MAX * snapshotBytes;
}

/**
 * What a commit changes: the new blobs are added, and those go that no partition needs any more, because a newer snapshot
 * of the same operator holds it.
 */
export function changeManifest(
  manifest: readonly StateBlobRecord[],
  added: readonly StateBlobRecord[],
): { manifest: StateBlobRecord[]; removed: string[] } {
  const all = [...manifest, ...added];
  // Only snapshots stand for others, and most batches have none.
  if (added.every(({ kind }) => kind === 'delta')) return { manifest: all, removed: [] };
  const needed = new Set<StateBlobRecord>();
  const covered = new Set<string>();
  for (const blob of all.toReversed()) {
    const open = blob.partitions
      .map((partition) => `${blob.operatorId}/${partition}`)
      .filter((key) => !covered.has(key));
    if (open.length > 0) needed.add(blob);
    if (blob.kind === 'snapshot') for (const key of open) covered.add(key);
  }
  return {
    manifest: all.filter((blob) => needed.has(blob)),
    removed: all.filter((blob) => !needed.has(blob)).map((blob) => blob.name),
  };
}
