import type { Limits } from '@millrace/shared/spec';

/** What earlier batches taught; null before anything is known. */
export type RateEstimate = {
  bytesPerRecord: number;
  /** Null before a batch that was full. `msPerRecord` is averaged as time, which a slow batch moves more than a fast one. */
  speed: { msPerRecord: number; recordsMax: number } | null;
};

/** The first full batch, before any rate is known. */
const RECORDS_FIRST_BATCH = 100_000;
/** Until the size of a record is known, by a look at some of them or a batch, it is taken to be this. */
const BYTES_PER_RECORD_ASSUMED = 1024;
/** Batches far from the target may grow to twice the last bound at a time. */
const GROWTH_MAX = 2;
/** Near the target they grow little by little, so that one lucky batch cannot cause one that is too long. */
const GROWTH_NEAR_TARGET_MAX = 1.25;
const NEAR_TARGET_SHARE = 0.5;
/** Weight of the newest batch in the moving averages. */
const NEWEST_WEIGHT = 0.4;
/** A batch below this part of its bound was short of input: its rate says nothing about capacity. */
const FILLED_SHARE = 0.5;
/** No bound goes lower, or fixed costs would eat the batch. */
const RECORDS_FLOOR = 1_000;

/** Most records the next batch may hold: limits of the job, and what fits the target duration at the measured rate. */
export function recordsMaxOf(estimate: RateEstimate | null, limits: Limits): number {
  const bytesPerRecord = estimate?.bytesPerRecord ?? BYTES_PER_RECORD_ASSUMED;
  const byBytes = Math.max(1, Math.floor(limits.bytesPerBatchMax / bytesPerRecord));
  const byRate = estimate?.speed?.recordsMax ?? RECORDS_FIRST_BATCH;
  return Math.max(1, Math.min(limits.recordsPerBatchMax, byBytes, byRate));
}

/** Learns from a committed batch. `durationMs` is from plan to publish. */
export function learnRate(
  estimate: RateEstimate | null,
  batch: { records: number; bytes: number; durationMs: number },
  limits: Limits,
): RateEstimate | null {
  if (batch.records === 0) return estimate;
  const bound = recordsMaxOf(estimate, limits);
  const bytesPerRecord = average(estimate?.bytesPerRecord, Math.max(1, batch.bytes / batch.records));
  if (batch.records < bound * FILLED_SHARE) {
    return { bytesPerRecord, speed: estimate?.speed ?? null };
  }
  const msPerRecord = average(estimate?.speed?.msPerRecord, Math.max(1, batch.durationMs) / batch.records);
  const wanted = limits.batchDurationTargetMs / msPerRecord;
  const near = batch.durationMs >= limits.batchDurationTargetMs * NEAR_TARGET_SHARE;
  const growth = near ? GROWTH_NEAR_TARGET_MAX : GROWTH_MAX;
  const recordsMax = Math.floor(Math.max(RECORDS_FLOOR, Math.min(wanted, bound * growth)));
  return { bytesPerRecord, speed: { msPerRecord, recordsMax } };
}

function average(previous: number | undefined, newest: number): number {
  return previous === undefined ? newest : previous + (newest - previous) * NEWEST_WEIGHT;
}
