// What is persisted, each record with its format version. zod schemas of the same shapes are in record-schemas.ts;
// a record that does not parse is STORE_CORRUPT, never ignored.
import type { BatchId, DriverEpoch, JobId } from '../ids/index.ts';

export const RECORD_VERSION = 1;

export type DesiredStatus = 'running' | 'stopped';
export type JobStatus = {
  /** What the user wants; a driver that takes over starts jobs whose desired status is `running`. */
  desired: DesiredStatus;
  observed: 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'finished' | 'failed';
  /** FailureRecord of shared/errors as JSON; null when all is well. */
  failureJson: string | null;
};

export type JobRecord = {
  version: typeof RECORD_VERSION;
  jobId: JobId;
  /** The spec as submitted, environment substituted. Holds secrets: redact before showing. */
  specText: string;
  fileName: string;
  planHash: string;
  hashVersion: string;
  statePartitions: number;
  submittedMs: number;
  status: JobStatus;
};

export type LoggedRange = { source: string; topic: string; partition: number; from: number; until: number };

/** Which topic of that name was read: another one has another id. Only of brokers that tell ids. */
export type TopicIdentity = { source: string; topic: string; id: string };

/** The rows of a fetched table as they were once. Its blob is in the store before a batch names it, and stays while one may. */
export type TableVersion = {
  table: string;
  /** SHA-256 (hex) of the blob's bytes: equal rows have equal versions. */
  version: string;
  blob: string;
  bytes: number;
  rows: number;
  /** When the rows were read for the first time. */
  loadedMs: number;
  /** Of what was read, and how: rows of another definition are no version of the table. */
  definition: string;
};

/** State that arrived at or before the cutoff is forgotten; what was stored before the job had a stateTtl counts as arrived at `sinceMs`. */
export type StateTtlRecord = { sinceMs: number; cutoffMs: number };

/** Intent: written before anything of the batch runs, equal in every replay. */
export type OffsetLogEntry = {
  version: typeof RECORD_VERSION;
  batchId: BatchId;
  driverEpoch: DriverEpoch;
  planHash: string;
  /** now() of the batch. */
  timestampMs: number;
  watermarkMs: number | null;
  /** What is read, and partitions that are new with nothing to read. */
  ranges: LoggedRange[];
  /** Partitions that could have been read further when it was planned, and up to where. */
  latest: { source: string; topic: string; partition: number; latest: number }[];
  topics: TopicIdentity[];
  /** What its rows are joined with; left out where the job has no fetched tables. */
  tables?: TableVersion[];
  /** None: the job has no stateTtl. */
  stateTtl?: StateTtlRecord;
};

export type PreparedOutputRecord = { sink: string; attempt: string; rows: number; bytes: number; detailJson: string };

/** What a task or a batch has read and made: records, rows and bytes of values. */
export type RecordCounts = {
  recordsIn: number;
  bytesIn: number;
  badRecords: number;
  nullFields: number;
  lateRows: number;
  rowsOut: number;
  /** Add up to `rowsOut`; none in a job with one output. */
  rowsByOutput: Record<string, number>;
  bytesOut: number;
  /** Offsets that Kafka had deleted before they were read, passed over as the source says. */
  skippedRecords: number;
  /** Add up to `badRecords`. */
  badByReason: Record<string, number>;
  /** Add up to `lateRows`. */
  lateByOperator: Record<string, number>;
};

/**
 * Whether an executor still has to make a committed batch's output visible. Sinks that leave nothing to do leave no
 * detail; then the commit itself records the batch as published.
 */
export const needsPublish = ({ outputs }: Pick<CommitEntry, 'outputs'>): boolean =>
  outputs.some(({ detailJson }) => detailJson !== '');

/** Fact: this batch happened, with this outcome. */
export type CommitEntry = {
  version: typeof RECORD_VERSION;
  batchId: BatchId;
  driverEpoch: DriverEpoch;
  /** Unique per commit attempt: tells a repeated call from a rival's. */
  token: string;
  planHash: string;
  timestampMs: number;
  watermarkMs: number | null;
  /** Where the next batch starts, all partitions ever read. */
  positions: { source: string; topic: string; partition: number; offset: number; maxEventTimeMs: number | null }[];
  topics: TopicIdentity[];
  /** As in its intent: where the next run of the job goes on from. */
  tables?: TableVersion[];
  outputs: PreparedOutputRecord[];
  /** A watermark at or past it closes state; null: nothing waits for time. */
  nextExpiryMs: number | null;
  counts: RecordCounts;
  /** Rows of state per operator after this batch. */
  stateRows: Record<string, number>;
  /** As in the batch's intent. */
  stateTtl?: StateTtlRecord;
};

/** A piece of state: rows of some partitions of one operator. Needed until snapshots cover all its partitions. */
export type StateBlobRecord = {
  version: typeof RECORD_VERSION;
  operatorId: string;
  name: string;
  kind: 'delta' | 'snapshot';
  batchId: BatchId;
  partitions: number[];
  bytes: number;
  rows: number;
  crc32: number;
};
