import { z } from 'zod';
import { batchId, driverEpoch, jobId } from '../ids/index.ts';
import {
  type CommitEntry,
  type JobRecord,
  type JobStatus,
  type OffsetLogEntry,
  RECORD_VERSION,
  type StateBlobRecord,
} from './records.ts';

// Strict on purpose: a field that this Millrace does not know is a record it must not rewrite or act on.

const version = z.literal(RECORD_VERSION);
const count = z.int().nonnegative();
const batch = z.int().nonnegative().transform(batchId);
const epoch = count.transform(driverEpoch);
/** Event times may be finer than a millisecond, and before 1970. */
const eventTimeMs = z.number();
/** Entries of before Millrace told these apart have none. */
const countsByName = z.record(z.string(), count).default({});
const topicPartition = { source: z.string(), topic: z.string(), partition: count };

/** Entries of before topics were told apart have none. */
const topics = z.array(z.strictObject({ source: z.string(), topic: z.string(), id: z.string() })).prefault([]);

const tables = z.array(
  z.strictObject({
    table: z.string(),
    version: z.string(),
    blob: z.string().min(1),
    bytes: count,
    rows: count,
    loadedMs: z.number(),
    definition: z.string(),
  }),
);
const stateTtl = z.strictObject({ sinceMs: z.number(), cutoffMs: z.number() });

const jobStatus = {
  desired: z.enum(['running', 'stopped']),
  observed: z.enum(['starting', 'running', 'restarting', 'stopping', 'stopped', 'finished', 'failed']),
  failureJson: z.string().nullable(),
};

/** As stored: a field of its own beside the job record, so that a change of status rewrites nothing else. */
export const jobStatusSchema: z.ZodType<JobStatus & { version: typeof RECORD_VERSION }> = z.strictObject({
  version,
  ...jobStatus,
});

export const jobRecordSchema: z.ZodType<Omit<JobRecord, 'status'>> = z.strictObject({
  version,
  jobId: z.string().min(1).transform(jobId),
  specText: z.string(),
  fileName: z.string(),
  planHash: z.string(),
  hashVersion: z.string(),
  statePartitions: z.int().positive(),
  submittedMs: z.number(),
});

export const offsetLogEntrySchema: z.ZodType<OffsetLogEntry> = z.strictObject({
  version,
  batchId: batch,
  driverEpoch: epoch,
  planHash: z.string(),
  timestampMs: z.number(),
  watermarkMs: eventTimeMs.nullable(),
  ranges: z.array(z.strictObject({ ...topicPartition, from: count, until: count })),
  latest: z.array(z.strictObject({ ...topicPartition, latest: count })),
  topics,
  tables: tables.exactOptional(),
  stateTtl: stateTtl.exactOptional(),
});

export const commitEntrySchema: z.ZodType<CommitEntry> = z.strictObject({
  version,
  batchId: batch,
  driverEpoch: epoch,
  token: z.string().min(1),
  planHash: z.string(),
  timestampMs: z.number(),
  watermarkMs: eventTimeMs.nullable(),
  positions: z.array(z.strictObject({ ...topicPartition, offset: count, maxEventTimeMs: eventTimeMs.nullable() })),
  topics,
  tables: tables.exactOptional(),
  outputs: z.array(
    z.strictObject({ sink: z.string(), attempt: z.string(), rows: count, bytes: count, detailJson: z.string() }),
  ),
  nextExpiryMs: eventTimeMs.nullable(),
  counts: z.strictObject({
    recordsIn: count,
    bytesIn: count,
    badRecords: count,
    nullFields: count,
    lateRows: count,
    rowsOut: count,
    rowsByOutput: countsByName,
    bytesOut: count,
    // Entries of before it was counted have none.
    skippedRecords: count.prefault(0),
    badByReason: countsByName,
    lateByOperator: countsByName,
  }),
  stateRows: z.record(z.string(), count),
  stateTtl: stateTtl.exactOptional(),
});

export const stateBlobRecordSchema: z.ZodType<StateBlobRecord> = z.strictObject({
  version,
  operatorId: z.string(),
  name: z.string().min(1),
  kind: z.enum(['delta', 'snapshot']),
  batchId: batch,
  partitions: z.array(count),
  bytes: count,
  rows: count,
  crc32: count,
});
