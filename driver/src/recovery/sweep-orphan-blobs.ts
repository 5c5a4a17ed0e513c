import type { JobId } from '@millrace/shared/ids';
import type { Logger } from '@millrace/shared/logging';
import type { BlobStore, Takeover } from '@millrace/shared/store';
import { versionsNamed } from '../tables/keep-tables.ts';
import { blobEpoch } from './blob-epoch.ts';
import { removeBlobs } from './remove-blobs.ts';

/**
 * Removes blobs that attempts under earlier driver epochs wrote and no commit had named at the takeover: none can name them
 * any more. So it does no harm however late it runs, also when a newer driver has the job by then. Best effort: what is
 * missed goes with the next takeover.
 */
export async function sweepOrphanBlobs(blobs: BlobStore, jobId: JobId, takeover: Takeover, log: Logger): Promise<void> {
  const live = new Set([...takeover.state.map(({ name }) => name), ...versionsNamed(takeover).map(({ blob }) => blob)]);
  const isOrphan = (name: string) => blobEpoch(name) < takeover.epoch && !live.has(name);
  try {
    await removeBlobs(blobs, `${jobId}/`, (name) => !isOrphan(name));
  } catch (error) {
    log.warn({ err: error }, 'orphaned state blobs were not swept');
  }
}
