import { type BatchId, batchId, type DriverEpoch, driverEpoch, jobId } from '@millrace/shared/ids';
import type { CommitEntry, JobRecord, OffsetLogEntry, StateBlobRecord } from '@millrace/shared/store';

export const JOB = jobId('spend-by-user');

export function aJob(overrides: Partial<JobRecord> = {}): JobRecord {
  return {
    version: 1,
    jobId: JOB,
    specText: 'name: spend-by-user',
    fileName: 'spend-by-user.yaml',
    planHash: 'plan-a',
    hashVersion: 'hash-1',
    statePartitions: 128,
    submittedMs: 1_700_000_000_000,
    status: { desired: 'running', observed: 'starting', failureJson: null },
    ...overrides,
  };
}

export function offsetsOf(batch: number, overrides: Partial<OffsetLogEntry> = {}): OffsetLogEntry {
  const place = { source: 'transactions', topic: 'transactions', partition: 0 };
  return {
    version: 1,
    batchId: batchId(batch),
    driverEpoch: driverEpoch(1),
    planHash: 'plan-a',
    timestampMs: 1_700_000_000_000 + batch,
    watermarkMs: null,
    ranges: [{ ...place, from: batch * 10, until: batch * 10 + 10 }],
    latest: [{ ...place, latest: 1_000 }],
    topics: [{ source: 'transactions', topic: 'transactions', id: 'a7' }],
    ...overrides,
  };
}

export function commitOf(batch: number, overrides: Partial<CommitEntry> = {}): CommitEntry {
  return {
    version: 1,
    batchId: batchId(batch),
    driverEpoch: driverEpoch(1),
    token: `token-${batch}`,
    planHash: 'plan-a',
    timestampMs: 1_700_000_000_000 + batch,
    watermarkMs: -0.5,
    positions: [
      { source: 'transactions', topic: 'transactions', partition: 0, offset: batch * 10 + 10, maxEventTimeMs: null },
    ],
    topics: [{ source: 'transactions', topic: 'transactions', id: 'a7' }],
    outputs: [{ sink: 'sink', attempt: '1.0.s1.0.0', rows: 3, bytes: 120, detailJson: '{"text":"ünï"}' }],
    nextExpiryMs: null,
    counts: {
      recordsIn: 10,
      bytesIn: 900,
      badRecords: 0,
      nullFields: 0,
      lateRows: 1,
      rowsOut: 3,
      rowsByOutput: { alerts: 1, archive: 2 },
      bytesOut: 120,
      skippedRecords: 0,
      badByReason: {},
      lateByOperator: { totals: 1 },
    },
    stateRows: { 'aggregate-1': 7 },
    ...overrides,
  };
}

export function stateBlob(name: string, batch: number): StateBlobRecord {
  return {
    version: 1,
    operatorId: 'aggregate-1',
    name,
    kind: 'delta',
    batchId: batchId(batch),
    partitions: [0, 1, 127],
    bytes: 75_000,
    rows: 20_000,
    crc32: 0xffff_ffff,
  };
}

export const B = (batch: number): BatchId => batchId(batch);
export const E = (epoch: number): DriverEpoch => driverEpoch(epoch);
