import type { BlobStore } from '@millrace/shared/store';

/** Names removed in one call. */
const REMOVED_AT_ONCE_MAX = 500;

/** Removes the blobs whose names start with `prefix`, but those that `keep` names. */
export async function removeBlobs(blobs: BlobStore, prefix: string, keep: (name: string) => boolean): Promise<void> {
  let names: string[] = [];
  for await (const name of blobs.list(prefix)) {
    if (keep(name)) continue;
    names.push(name);
    if (names.length === REMOVED_AT_ONCE_MAX) {
      await blobs.remove(names);
      names = [];
    }
  }
  if (names.length > 0) await blobs.remove(names);
}
