import type { PreparedOutput } from '@millrace/proto';
import { ONLY_OUTPUT } from '@millrace/shared/plan';
import type { EncodedOutput, SinkEncoding } from '../lanes/messages.ts';

/** Where a job's output goes, in two steps: durable but invisible before the commit, visible after it. */
export type Sink = {
  /** Within the job: `output`, `output:<name>` where there are several, `deadLetter:<source>`, or `lateRows`. */
  name: string;
  guarantee: Guarantee;
  /** How the lane is to encode the rows. May ask the sink's own server (partition count), once. */
  encoding(signal: AbortSignal): Promise<SinkEncoding>;
  /**
   * Takes over what the lane encoded (files included) and makes it durable, once for each attempt.
   * A sink that has nothing left to publish leaves `detailJson` empty.
   * SINK_UNAVAILABLE or KAFKA_UNAVAILABLE: another attempt may succeed. STORE_CORRUPT: the target shows this batch, or a later one,
   * already; output is prepared before its batch is committed, so the store has forgotten a commit (see `judgeRun`).
   */
  prepare(context: PrepareContext, encoded: EncodedOutput, signal: AbortSignal): Promise<PreparedOutput>;
  /**
   * Makes exactly these outputs of a committed batch visible, on any executor. Idempotent. The next batch may be prepared
   * meanwhile; it is committed, and the one after it prepared, once this has succeeded.
   */
  publish(batch: PublishBatch, prepared: readonly PreparedOutput[]): Promise<Published>;
  /**
   * A batch is committed, so all before it are published: of those, and of drivers with older epochs, nothing that is still
   * invisible here is ever to be seen.
   */
  pass?(batch: { driverEpoch: number; batchId: number }): void;
  /** Drops outputs that will never be published. What is gone already is fine. */
  discard(prepared: readonly PreparedOutput[]): Promise<void>;
  close(): Promise<void>;
};

/** What a reader of the output may rely on when executors, drivers or the sink itself fail. */
export type Guarantee = { delivery: 'exactlyOnce' | 'atLeastOnce' | 'none'; because: string };

export type Published = {
  /** For a person. */
  text: string;
  /**
   * The sink has lost what was prepared, and prepared it again, under the same attempts: not visible before a commit entry names it.
   * It stands behind what the next batch may have prepared, which must be prepared anew.
   */
  preparedAgain?: readonly PreparedOutput[];
};

export type PrepareContext = {
  jobId: string;
  driverEpoch: number;
  batchId: number;
  stage: string;
  taskIndex: number;
  attemptId: string;
};
export type PublishBatch = { jobId: string; batchId: number; executors: ExecutorsSeen };

/** Executors as the driver of this epoch sees them: incarnations that are there, and how many it has lost. */
export type ExecutorsSeen = { driverEpoch: number; present: readonly string[]; losses: number };

/** What every sink of a job knows about the job, and about the executor it is open on. */
export type SinkJob = {
  jobId: string;
  /** Tells the job from an earlier one of the same name. */
  submittedMs: number;
  incarnation: string;
};

export const outputSinkName = (output: string): string => (output === ONLY_OUTPUT ? output : `output:${output}`);
export const LATE_ROWS_SINK = 'lateRows';
export const deadLetterSinkName = (source: string): string => `deadLetter:${source}`;
