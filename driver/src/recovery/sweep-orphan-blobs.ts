import type { JobId } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { BlobStore, Takeover } from '@millrace/shared/store';

/** Names removed in one call. */
const REMOVED_AT_ONCE_MAX = 500;

/**
 * Removes blobs that attempts wrote and no commit names: what crashed drivers and executors left. Blobs of this takeover's
 * own epoch are new and stay. Best effort: what is missed goes with the next takeover.
 */
export async function sweepOrphanBlobs(blobs: BlobStore, jobId: JobId, takeover: Takeover, log: Logger): Promise<void> {
  const live = new Set(takeover.state.map((blob) => blob.name));
  const own = `/${takeover.epoch}.`;
  try {
    let orphans: string[] = [];
    for await (const name of blobs.list(`${jobId}/`)) {
      if (live.has(name) || name.includes(own)) continue;
      orphans.push(name);
      if (orphans.length === REMOVED_AT_ONCE_MAX) {
        await blobs.remove(orphans);
        orphans = [];
      }
    }
    if (orphans.length > 0) await blobs.remove(orphans);
  } catch (error) {
    log.warn({ err: error }, 'orphaned state blobs were not swept');
  }
}
