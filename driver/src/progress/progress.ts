import type { Progress, StateSummary } from '@millrace/proto';
import type { CommitEntry, OffsetLogEntry, StateBlobRecord } from '@millrace/shared/store';
import type { StagesResult } from '../dispatch/run-stages.ts';
import { keyOf } from '../planning/batch-plan.ts';
import { type BatchTimer, totalMs } from './batch-phases.ts';

/** What people and programs are told of a committed batch. */
export function progressOf(
  jobId: string,
  intent: OffsetLogEntry,
  entry: CommitEntry,
  { tasks, attempts, secondAttempts, sliceStats }: StagesResult,
  manifest: readonly StateBlobRecord[],
  phases: BatchTimer,
): Progress {
  const latestOf = new Map(intent.latest.map((latest) => [keyOf(latest), latest.latest]));
  return {
    jobId,
    batchId: entry.batchId,
    timestampMs: entry.timestampMs,
    durationMs: totalMs(phases),
    phases: phases.timings(),
    counts: entry.counts,
    partitions: entry.positions.map(({ source, topic, partition, offset }) => {
      const latest = latestOf.get(keyOf({ source, topic, partition })) ?? offset;
      return { source, topic, partition, offset, latest, lag: Math.max(0, latest - offset) };
    }),
    ...(entry.watermarkMs === null ? {} : { watermarkMs: entry.watermarkMs }),
    tasks,
    retries: attempts - tasks - secondAttempts,
    secondAttempts,
    state: stateSummaries(sliceStats.flat(), manifest),
  };
}

function stateSummaries(
  operators: readonly { operatorId: string; rows: number; bytes: number }[],
  manifest: readonly StateBlobRecord[],
): StateSummary[] {
  const byId = new Map<string, StateSummary>();
  const summary = (operatorId: string) => {
    const known = byId.get(operatorId) ?? { operatorId, rows: 0, bytes: 0, blobs: 0, blobBytes: 0 };
    byId.set(operatorId, known);
    return known;
  };
  for (const { operatorId, rows, bytes } of operators) {
    const known = summary(operatorId);
    known.rows += rows;
    known.bytes += bytes;
  }
  for (const blob of manifest) {
    const known = summary(blob.operatorId);
    known.blobs += 1;
    known.blobBytes += blob.bytes;
  }
  return [...byId.values()];
}
