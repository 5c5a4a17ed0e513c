import type { OperatorStats, TaskResult } from '@millrace/proto';
import { batchId, type DriverEpoch } from '@millrace/shared/ids';
import { type CommitEntry, type OffsetLogEntry, RECORD_VERSION, type StateBlobRecord } from '@millrace/shared/store';
import { keyOf, type Position } from '../planning/batch-plan.ts';
import { addCounts, NO_COUNTS } from './counts.ts';

/** The entry that says what the batch did, from its intent, the results of its tasks and the state of all slices. */
export function commitEntryOf(
  intent: OffsetLogEntry,
  before: readonly Position[],
  results: readonly TaskResult[],
  operators: readonly OperatorStats[],
  identity: { driverEpoch: DriverEpoch; token: string },
): CommitEntry {
  const expiries = operators.map((operator) => operator.nextExpiryMs).filter((expiry) => expiry !== undefined);
  const stateRows: Record<string, number> = {};
  for (const { operatorId, rows } of operators) stateRows[operatorId] = (stateRows[operatorId] ?? 0) + rows;
  return {
    version: RECORD_VERSION,
    batchId: intent.batchId,
    ...identity,
    planHash: intent.planHash,
    timestampMs: intent.timestampMs,
    watermarkMs: intent.watermarkMs,
    positions: positionsAfter(intent, before, results),
    topics: intent.topics,
    ...(intent.tables && { tables: intent.tables }),
    outputs: results.flatMap((result) => result.outputs),
    nextExpiryMs: expiries.length > 0 ? Math.min(...expiries) : null,
    counts: results.reduce((sum, result) => addCounts(sum, result.counts), NO_COUNTS),
    stateRows,
    ...(intent.stateTtl && { stateTtl: intent.stateTtl }),
  };
}

/** State blobs of a batch as the store keeps them. */
export function stateBlobsOf(results: readonly TaskResult[]): StateBlobRecord[] {
  return results.flatMap((result) =>
    result.state.map((blob) => ({
      version: RECORD_VERSION,
      ...blob,
      kind: blob.kind === 'snapshot' ? ('snapshot' as const) : ('delta' as const),
      batchId: batchId(blob.batchId),
    })),
  );
}

/** In the order they are known in, those that are new behind them. */
function positionsAfter(
  intent: OffsetLogEntry,
  before: readonly Position[],
  results: readonly TaskResult[],
): Position[] {
  const times = new Map(before.map((position) => [keyOf(position), position.maxEventTimeMs]));
  for (const time of results.flatMap((result) => result.eventTimes)) {
    const known = times.get(keyOf(time));
    times.set(keyOf(time), known === undefined || known === null ? time.maxMs : Math.max(known, time.maxMs));
  }
  const untilOf = new Map(intent.ranges.map((range) => [keyOf(range), range.until]));
  const known = new Set(before.map(keyOf));
  const added = intent.ranges.filter((range) => !known.has(keyOf(range)));
  return [
    ...before.map((position) => ({ ...position, offset: untilOf.get(keyOf(position)) ?? position.offset })),
    ...added.map(({ source, topic, partition, until }) => ({ source, topic, partition, offset: until })),
  ].map((position) => ({ ...position, maxEventTimeMs: times.get(keyOf(position)) ?? null }));
}
