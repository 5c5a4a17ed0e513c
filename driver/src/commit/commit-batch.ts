import { newToken } from '@millrace/shared/ids';
import type { CommitEntry, OffsetLogEntry, StateBlobRecord } from '@millrace/shared/store';
import type { StagesResult } from '../dispatch/run-stages.ts';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { whenAnswered } from '../jobs/when-answered.ts';
import { commitEntryOf, stateBlobsOf } from './commit-entry.ts';
import { changeManifest } from './state-manifest.ts';

/** `removed`: names of state blobs that no commit needs any more. */
export type CommittedBatch = { entry: CommitEntry; manifest: StateBlobRecord[]; removed: string[] };

/**
 * The linearisation point of a batch: positions, watermark, state blobs and prepared outputs become true together, or not
 * at all. Safe to repeat while the store does not answer: the token tells our own commit from a rival's.
 */
export async function commitBatch(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  { results, sliceStats }: StagesResult,
): Promise<CommittedBatch> {
  const operators = sliceStats.flat();
  const token = newToken(job.driverEpoch, job.random);
  const entry = commitEntryOf(intent, state.positions ?? [], results, operators, {
    driverEpoch: job.driverEpoch,
    token,
  });
  const added = stateBlobsOf(results);
  const { manifest, removed } = changeManifest(state.manifest, added);
  await whenAnswered(job, () => job.commits.commit(job.jobId, job.driverEpoch, entry, { add: added, remove: removed }));
  return { entry, manifest, removed };
}
