import type { JobId } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { BlobStore, Takeover } from '@millrace/shared/store';
import { removeBlobs } from './remove-blobs.ts';

/**
 * Removes blobs that attempts wrote and no commit names: what crashed drivers and executors left. Blobs of this takeover's
 * own epoch are new and stay. Best effort: what is missed goes with the next takeover.
 */
export async function sweepOrphanBlobs(blobs: BlobStore, jobId: JobId, takeover: Takeover, log: Logger): Promise<void> {
  const live = new Set(takeover.state.map((blob) => blob.name));
  const own = `/${takeover.epoch}.`;
  try {
    await removeBlobs(blobs, `${jobId}/`, (name) => live.has(name) || name.includes(own));
  } catch (error) {
    log.warn({ err: error }, 'orphaned state blobs were not swept');
  }
}
