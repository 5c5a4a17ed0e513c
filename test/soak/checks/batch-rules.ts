import assert from 'node:assert/strict';
import type { CommitEntry, OffsetLogEntry } from '@millrace/shared/store';
import { type Ledger, type Positions, slice } from '../workload/ledger.ts';
import { PARTITIONS } from '../workload/transfers.ts';

/** A committed batch: its intent and the fact. */
export type Batch = { intent: OffsetLogEntry; commit: CommitEntry };

/** What is kept of every batch: enough to compute anew what was counted when. By partition. */
export type BatchReading = {
  from: Positions;
  until: Positions;
  /** Under which rows were judged late; null: none yet. */
  watermarkMs: number | null;
  /** After the batch: it closes windows. */
  nextWatermarkMs: number | null;
};

const NOTHING_READ: Positions = new Array<number>(PARTITIONS).fill(0);

export function readingOf({ intent, commit }: Batch): BatchReading {
  const until = positionsOf(commit);
  const from = [...until];
  for (const range of intent.ranges) from[range.partition] = range.from;
  return { from, until, watermarkMs: intent.watermarkMs, nextWatermarkMs: commit.watermarkMs };
}

export function positionsOf({ positions }: CommitEntry): Positions {
  const by = [...NOTHING_READ];
  for (const { partition, offset } of positions) by[partition] = offset;
  return by;
}

/** What each batch owes to the one before it: nothing skipped or repeated, and nothing that runs backwards. */
export function assertFollows(before: Batch | null, { intent, commit }: Batch): void {
  const batch = `batch ${commit.batchId}`;
  assert.equal(commit.batchId, (before?.commit.batchId ?? -1) + 1, 'batch ids count');
  assert.equal(intent.batchId, commit.batchId, `${batch} has an intent`);
  const expected = [...(before ? positionsOf(before.commit) : NOTHING_READ)];
  for (const { partition, from, until } of intent.ranges) {
    assert.equal(from, expected[partition], `${batch} of partition ${partition} begins where the one before ended`);
    assert.ok(until >= from, `${batch} of partition ${partition} goes forwards`);
    expected[partition] = until;
  }
  assert.deepEqual(positionsOf(commit), expected, `${batch} ends where its intent says`);
  assert.ok(intent.driverEpoch <= commit.driverEpoch, `${batch} is committed by its planner or a later driver`);
  if (!before) return;
  assert.ok(before.commit.driverEpoch <= intent.driverEpoch, `${batch} is planned by no earlier driver`);
  const [was, is] = [before.commit.watermarkMs, commit.watermarkMs];
  assert.ok(was === null || (is !== null && is >= was), `the watermark goes back in ${batch}: ${was} to ${is}`);
}

/** The batch has counted exactly the records that lie in its ranges. The ledger has been read past it. */
export function assertCounts({ intent, commit }: Batch, ledger: Ledger): void {
  const of = (kind: 'entries' | 'bad') =>
    intent.ranges.reduce((sum, { partition, from, until }) => {
      const placed: readonly { offset: number }[] = ledger[partition]![kind];
      return sum + slice(placed, from, until).length;
    }, 0);
  const { recordsIn, badRecords } = commit.counts;
  const [entries, bad] = [of('entries'), of('bad')];
  assert.deepEqual({ recordsIn, badRecords }, { recordsIn: entries + bad, badRecords: bad }, `batch ${commit.batchId}`);
}
