// The wire's task as the lane's. Pure.
import type { Slice, StateTtl } from '@millrace/proto';
import type { BadRecordPolicy, SourceSpec } from '@millrace/shared/spec';
import type { LaneSlice, LaneTask, LaneTtl, RecordPolicy } from '../lanes/messages.ts';
import { statefulOperators } from '../state/stateful-operators.ts';
import type { Attempt } from './attempt.ts';
import { pendingBlobName } from './state-blobs.ts';

export function toLaneTask(
  attempt: Attempt,
  input: LaneTask['input'],
  encodings: Pick<LaneTask, 'encodings' | 'lateEncoding'>,
): LaneTask {
  const { id, batch, job, task, laneAttemptId } = attempt;
  const { shuffle } = task;
  return {
    jobId: id.jobId,
    planHash: id.planHash,
    stage: id.stage,
    batchId: id.batchId,
    attemptId: laneAttemptId,
    timestampMs: batch.timestampMs,
    watermarkMs: batch.watermarkMs ?? null,
    previousWatermarkMs: batch.previousWatermarkMs ?? null,
    ttl: toLaneTtl(batch.stateTtl),
    tables: batch.tables.map(({ table, version }) => ({ table, version })),
    input,
    slice: task.slice && toLaneSlice(attempt, task.slice),
    shuffle: shuffle && {
      sliceOfPartition: shuffle.sliceOfPartition,
      isLocal: shuffle.sliceIncarnations.map((incarnation) => incarnation === id.incarnation),
    },
    ...encodings,
    poison: task.poison.map(({ reason: detail, ...place }) => ({ ...place, detail })),
    recordPolicies: Object.fromEntries(job.spec.sources.map((source) => [source.name, policyOf(source)])),
  };
}

export const toLaneTtl = (ttl: StateTtl | null): LaneTtl | null =>
  ttl && { sinceMs: ttl.sinceMs, cutoffMs: ttl.cutoffMs, previousCutoffMs: ttl.previousCutoffMs ?? null };

function toLaneSlice({ id, stages, attemptId }: Attempt, slice: Slice): LaneSlice {
  const operatorIds = stages.flatMap(statefulOperators).map((operator) => operator.id);
  return {
    partitions: slice.partitions,
    state: operatorIds.map((operatorId) => ({
      operatorId,
      blobs: slice.state.filter((blob) => blob.operatorId === operatorId).map((blob) => blob.name),
    })),
    pendingNames: operatorIds.map((operatorId) => ({
      operatorId,
      name: pendingBlobName({ jobId: id.jobId, operatorId, batchId: id.batchId, attemptId }),
    })),
    snapshot: slice.snapshot,
  };
}

function policyOf({ onBadRecord, strict, watermark }: SourceSpec): RecordPolicy {
  return { onBadRecord: treatmentOf(onBadRecord), strict, futureMaxMs: watermark?.futureMaxMs ?? null };
}

function treatmentOf(policy: BadRecordPolicy): RecordPolicy['onBadRecord'] {
  switch (policy.kind) {
    case 'fail':
      return 'fail';
    case 'drop':
      return 'drop';
    case 'deadLetter':
      return 'collect';
    default:
      return policy satisfies never;
  }
}
