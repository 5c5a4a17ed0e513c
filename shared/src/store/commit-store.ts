import type { BatchId, DriverEpoch, JobId } from '../ids/index.ts';
import type { CommitEntry, JobRecord, JobStatus, OffsetLogEntry, StateBlobRecord } from './records.ts';

/**
 * The one place where progress is recorded. Every write names the driver epoch and is refused with
 * STALE_DRIVER_EPOCH when a newer driver has taken the job over. Each method is one atomic step of the store.
 * Any method may reject with STORE_UNAVAILABLE; then the caller does not know whether the step was taken, and asks again
 * (every write is idempotent for that reason).
 */
export type CommitStore = {
  /**
   * Stores a new job with driver epoch 0, or past that of a deleted job of the same id. JOB_EXISTS when the id is taken;
   * the same record again, before any driver took it over, is a no-op.
   */
  createJob(job: JobRecord): Promise<void>;
  /** All jobs, in the order of their ids. One whose record is lost or cannot be read is listed as failed, with the reason. */
  listJobs(): Promise<JobRecord[]>;
  /**
   * Raises the job's driver epoch and returns it with everything needed to go on. JOB_UNKNOWN when it was deleted; STORE_CORRUPT
   * when a part of what was stored is missing or cannot be read.
   */
  takeOver(job: JobId): Promise<Takeover>;
  /** What a takeover would find, without taking the job over. */
  read(job: JobId): Promise<Takeover>;
  /**
   * Raises the driver epoch and reads nothing: works on what is left of a damaged job too, so that its failure can be recorded,
   * and the job deleted. 0 when nothing is left.
   */
  raiseEpoch(job: JobId): Promise<DriverEpoch>;
  /** Records what is wanted of the job and how it stands. */
  setStatus(job: JobId, epoch: DriverEpoch, status: JobStatus): Promise<void>;
  /**
   * Replaces spec and plan hash, between batches, and state blobs in the same step; the status is left as it is. JOB_STATUS_CONFLICT
   * while a batch is logged and not committed under another plan hash.
   */
  updateJob(epoch: DriverEpoch, job: JobRecord, state?: StateChange): Promise<void>;
  /**
   * Intent, before anything of the batch runs: stored if absent; returns what is stored (an earlier driver's entry wins).
   * STALE_BATCH when the batch is committed already; STORE_CORRUPT when the store lacks batches that were committed before.
   */
  logOffsets(job: JobId, epoch: DriverEpoch, entry: OffsetLogEntry): Promise<OffsetLogEntry>;
  /**
   * The linearisation point. Requires `entry.batchId` = last committed + 1. The same entry again (equal token) is a no-op;
   * another token for a committed batch is STALE_BATCH; a store that lacks batches before it, or its intent, is STORE_CORRUPT. Adds and removes state blobs in the same step. A batch without
   * output to publish (`needsPublish`) is published by its commit.
   */
  commit(job: JobId, epoch: DriverEpoch, entry: CommitEntry, state: StateChange): Promise<void>;
  /**
   * The last commit names other outputs: sinks have prepared again what they had lost. Everything else of `entry` is as it was
   * committed. STALE_BATCH when it is published, or is not the last commit.
   */
  amendOutputs(job: JobId, epoch: DriverEpoch, entry: CommitEntry): Promise<void>;
  /** Fact, after the sinks have published. Idempotent. */
  markPublished(job: JobId, epoch: DriverEpoch, batch: BatchId): Promise<void>;
  /**
   * Forgets the job, or what is left of it, its logs and its blob records. Blobs themselves are the caller's to remove. A job
   * that is not there is fine.
   */
  deleteJob(job: JobId, epoch: DriverEpoch): Promise<void>;
  close(): Promise<void>;
};

export type StateChange = {
  /** A name that is there already has this record from then on. */
  add: StateBlobRecord[];
  /** Names of blobs that no partition needs any more. */
  remove: string[];
};

export type Takeover = {
  epoch: DriverEpoch;
  job: JobRecord;
  /** Logged and not committed: to be replayed as it stands. */
  pending: OffsetLogEntry | null;
  lastCommit: CommitEntry | null;
  lastCommitPublished: boolean;
  /** Every live state blob, oldest first. */
  state: StateBlobRecord[];
};
