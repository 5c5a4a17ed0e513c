import type { Random } from '../clock/index.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Name of a job; unique in a store. */
export type JobId = Branded<string, 'JobId'>;
/** 0, 1, 2 … per job, without gaps; −1 stands for "none yet". */
export type BatchId = Branded<number, 'BatchId'>;
/** Raised in a job's slot of the store by every driver that takes the job over; fences all older ones. */
export type DriverEpoch = Branded<number, 'DriverEpoch'>;
/** One try of one task, unique for the life of a job: `<driver epoch>.<batch>.<stage>.<task>.<attempt>`. */
export type AttemptId = Branded<string, 'AttemptId'>;
/** New at every start of an executor process. */
export type Incarnation = Branded<string, 'Incarnation'>;

export const jobId = (text: string): JobId => text as JobId;
export const batchId = (value: number): BatchId => value as BatchId;
export const driverEpoch = (value: number): DriverEpoch => value as DriverEpoch;
export const incarnation = (text: string): Incarnation => text as Incarnation;

/** Of 5 bits each: no two incarnations ever meet. */
const INCARNATION_CHARS = 12;

export function newIncarnation(random: Random): Incarnation {
  const chars = Array.from({ length: INCARNATION_CHARS }, () => Math.floor(random() * 32).toString(32));
  return incarnation(chars.join(''));
}

/** Tells one run, or one call, from every other under the same driver epoch. */
export function newToken(epoch: DriverEpoch, random: Random): string {
  return `${epoch}-${Math.floor(random() * Number.MAX_SAFE_INTEGER).toString(36)}`;
}

export const NO_BATCH: BatchId = batchId(-1);
export const nextBatch = (batch: BatchId): BatchId => batchId(batch + 1);

export function attemptId(task: {
  driverEpoch: number;
  batchId: number;
  stage: string;
  index: number;
  attempt: number;
}): AttemptId {
  return `${task.driverEpoch}.${task.batchId}.${task.stage}.${task.index}.${task.attempt}` as AttemptId;
}
