import { join } from 'node:path';
import type { QueryStateReplyInput, QueryStateRequest } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { BlobStore } from '@millrace/shared/store';
import { requireOpen } from './batch-end.ts';
import type { JobLifecycle } from './job-lifecycle.ts';
import type { LaneSet } from './lane-set.ts';
import { toLaneTtl } from './lane-task.ts';
import { loadState } from './state-blobs.ts';

/** SQL over committed state, read from the store into a folder of its own, in the lane with the least to do. */
export async function queryState(
  request: QueryStateRequest,
  queryId: string,
  deps: { lifecycle: JobLifecycle; lanes: LaneSet; blobs: BlobStore; scratchDir: string; signal: AbortSignal },
): Promise<QueryStateReplyInput> {
  const { jobId, driverEpoch, sql, maxRows: rowsMax } = request;
  const [watermarkMs, ttl] = [request.watermarkMs ?? null, toLaneTtl(request.stateTtl)];
  const plan = requireOpen(jobId, (await deps.lifecycle.fenceDriver(jobId, driverEpoch)).job);
  const folder = join(deps.scratchDir, jobId, 'queries', queryId);
  const { files, release } = await loadState(request.state, folder, deps);
  try {
    const lane = deps.lanes.choose(-1);
    const at = { lane, plan, attemptId: `query.${queryId}`, signal: deps.signal };
    const query = { kind: 'queryState', jobId, sql, files, watermarkMs, ttl, rowsMax } as const;
    const reply = await deps.lanes.runAttempt(at, query);
    if (reply.kind !== 'stateRows') throw new MillraceError('INTERNAL', `the lane answered a query with ${reply.kind}`);
    const { columns, rowsJson, truncated } = reply;
    return { columns, rowsJson, truncated };
  } finally {
    await release();
  }
}
