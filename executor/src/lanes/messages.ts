// What the main thread asks of a lane (a single-thread Piscina pool with a DuckDB per job) and what it answers.
// Sockets live on the main thread; lanes see bytes and files only. Errors cross as FailureRecord (shared/errors).
// Requests of one lane run one at a time, in order. Interrupts come in on a MessagePort of their own.

import type { MessagePort } from 'node:worker_threads';
import type { PhaseTimer } from '@millrace/shared/clock';
import type { FailureRecord } from '@millrace/shared/errors';
import type { RecordCounts } from '@millrace/shared/store';
import type { StateQuery } from '../state/query-state.ts';

export type LaneWorkerData = {
  lane: number;
  /** Folder of this executor's scratch space; each job gets `<scratchDir>/<job>` and sees nothing else. */
  scratchDir: string;
  memoryMaxBytes: number;
  interrupts: MessagePort;
};

/** Sent over `LaneWorkerData.interrupts`: stop whatever statement of this attempt is running. */
export type LaneInterrupt = { attemptId: string };

export type LaneRequest =
  | { kind: 'openJob'; jobId: string; planHash: string; planJson: string }
  | { kind: 'closeJob'; jobId: string }
  | ({ kind: 'runTask' } & LaneTask)
  | { kind: 'loadTables'; jobId: string; tables: TableFile[] }
  | ({ kind: 'restoreState'; jobId: string; attemptId: string } & LaneRestore)
  | { kind: 'finishBatch'; jobId: string; batchId: number; adoptedBlobs: string[] }
  | { kind: 'abortBatch'; jobId: string; batchId: number }
  | ({ kind: 'queryState'; jobId: string } & StateQuery);

export type LaneRestore = {
  slice: LaneSlice;
  files: StateFile[];
  previousWatermarkMs: number | null;
  ttl: LaneTtl | null;
};

/** First and last request of a lane's life, sent by lane-pool alone: a MessagePort can be transferred only in a message. */
export type LaneControl = { kind: 'start'; data: LaneWorkerData } | { kind: 'shutdown' };

export type LaneReply =
  | { kind: 'done' }
  | { kind: 'taskDone'; result: LaneTaskResult }
  /** The lane has neither adopted nor pending state of the wanted version: send restoreState, then the task again. */
  | { kind: 'stateMissing'; operatorIds: string[] }
  | { kind: 'stateRows'; columns: string[]; rowsJson: string; truncated: boolean }
  | { kind: 'failed'; failure: FailureRecord };

export type LaneTask = {
  jobId: string;
  planHash: string;
  stage: string;
  batchId: number;
  attemptId: string;
  timestampMs: number;
  watermarkMs: number | null;
  previousWatermarkMs: number | null;
  ttl: LaneTtl | null;
  /** Of the fetched tables: the versions that were loaded last. */
  tables: TableVersionRef[];
  input: { kind: 'records'; ranges: LaneRange[] } | { kind: 'blocks'; files: BlockFile[] };
  slice: LaneSlice | null;
  /**
   * Slice of each state partition, and of each slice whether its tasks are going to run on this executor; null when nothing is
   * shuffled.
   */
  shuffle: { sliceOfPartition: number[]; isLocal: boolean[] } | null;
  /** By name of the outputs that its stages have rows for. */
  encodings: Record<string, SinkEncoding>;
  /** How late rows are wanted; null where they are only counted. */
  lateEncoding: SinkEncoding | null;
  /** Per source. */
  recordPolicies: Record<string, RecordPolicy>;
  poison: LanePoison[];
};

/**
 * Of a job with a stateTtl: what arrived at or before the cutoff is forgotten by the batch. `previousCutoffMs`: by the last committed one;
 * null: by none. `sinceMs`: arrival of rows that were stored before the job had a stateTtl.
 */
export type LaneTtl = { sinceMs: number; cutoffMs: number; previousCutoffMs: number | null };

export type TableVersionRef = { table: string; version: string };
export type TableFile = TableVersionRef & { path: string };

/** A shuffle block as a Parquet file. `shuffle`: its id in the plan. */
export type BlockFile = { shuffle: string; path: string };

/** What to do with records that are not as the spec says. */
export type RecordPolicy = {
  /** `fail` ends the task at the first bad record; `collect` returns them; `drop` only counts. */
  onBadRecord: 'fail' | 'collect' | 'drop';
  /** A field of the wrong type makes its record bad; else it is NULL and counted. */
  strict: boolean;
  /** An event time further ahead of the batch's time makes its record bad. Null: the source has no event time. */
  futureMaxMs: number | null;
};

export type LaneRange = {
  source: string;
  topic: string;
  partition: number;
  from: number;
  until: number;
  /** Record batches as the broker sent them, transferred; together they cover the range and perhaps more. */
  recordSets: Uint8Array<ArrayBuffer>[];
  abortedTransactions: { producerId: bigint; firstOffset: number }[];
  /** Offsets of the range that Kafka had deleted. */
  skipped: number;
};

/** A record that is bad because tasks fail on it, and how. */
export type LanePoison = { topic: string; partition: number; offset: number; detail: string };

export type LaneSlice = {
  partitions: number[];
  /** Per operator with state: names of the committed blobs, oldest first. The last name is the version wanted. */
  state: { operatorId: string; blobs: string[] }[];
  /** Names under which this attempt's pending state is to be known, per operator. */
  pendingNames: { operatorId: string; name: string }[];
  snapshot: boolean;
};

export type StateFile = {
  operatorId: string;
  name: string;
  path: string;
  kind: 'delta' | 'snapshot';
  partitions: number[];
};

/** How the sink wants the output relation encoded, in the lane. */
export type SinkEncoding =
  | { kind: 'none' }
  | { kind: 'rows'; rowsMax: number }
  /** With columns to partition by: files in folders of their values. */
  | { kind: 'file'; format: 'ndjson' | 'parquet'; partitionBy?: string[] }
  | {
      kind: 'recordBatches';
      partitions: number;
      keyColumns: string[];
      headers: Record<string, string>;
      compression: 'none' | 'gzip' | 'zstd';
      /** Records of one batch are cut so that it stays below this. */
      batchBytesMax: number;
    };

export type EncodedOutput =
  | { kind: 'none'; rows: number }
  /** At most rowsMax rows, as JSON array of arrays, with the number of all rows; `removed` are the indices of those of weight −1. */
  | { kind: 'rows'; rows: number; columns: string[]; rowsJson: string; removed: number[] }
  | { kind: 'file'; rows: number; path: string; bytes: number }
  /** Files below the folder `path`; `partition` is the folder, `column=value/…`, that one belongs into. */
  | {
      kind: 'partitions';
      rows: number;
      path: string;
      bytes: number;
      files: { path: string; partition: string; rows: number; bytes: number }[];
    }
  /** Ready for Produce, transferred. */
  | {
      kind: 'recordBatches';
      rows: number;
      bytes: number;
      partitions: { partition: number; batches: ArrayBuffer[]; records: number }[];
    };

/** Why a record is bad; what each means is told in docs/bad-records.md. Counts and dead letters carry these names. */
export type BadRecordReason =
  | 'nullValue'
  | 'emptyValue'
  | 'notObject'
  | 'malformed'
  | 'wrongType'
  | 'notChange'
  | 'futureTimestamp'
  | 'poison';

export type BadRecord = {
  source: string;
  topic: string;
  partition: number;
  offset: number;
  timestampMs: number;
  reason: BadRecordReason;
  /** For people. */
  detail: string;
  key: Uint8Array | null;
  value: Uint8Array | null;
};

export type LaneTaskResult = {
  /** Shuffle output: of each shuffle one Parquet file per slice that got rows. */
  blocks: (BlockFile & { slice: number; bytes: number; rows: number })[];
  eventTimes: { source: string; topic: string; partition: number; maxMs: number }[];
  counts: RecordCounts;
  badRecords: BadRecord[];
  /** By name of the output. */
  outputs: Record<string, EncodedOutput>;
  /** Null: there are none, or nobody wants them. */
  lateRows: EncodedOutput | null;
  /** Parquet files to be stored under the pending names; none where nothing changed. */
  state: { operatorId: string; name: string; kind: 'delta' | 'snapshot'; path: string; bytes: number; rows: number }[];
  operators: { operatorId: string; rows: number; bytes: number; nextExpiryMs: number | null }[];
  timings: ReturnType<LaneTimer['timings']>;
};

/** What a lane spends its time on. */
export type LaneTimer = PhaseTimer<'decode' | 'compute' | 'shuffle' | 'state' | 'prepare'>;
