import type { Refusal } from '../refusals.ts';

// When a step of the commit store may be taken, as plain decisions. The scripts in ../redis/scripts say the same in Lua;
// the contract suite runs random sequences through both and compares.

/** What decides about a step. All of one job. */
export type SlotFacts = {
  epoch: number;
  /** Last committed batch; −1: none. */
  last: number;
  /** Token of the last commit. */
  token: string;
  published: boolean;
  /** Plan hash of the logged, uncommitted batch last + 1; null when none is logged. */
  pendingPlan: string | null;
};

export type Verdict = { kind: 'take' } | { kind: 'repeat' } | { kind: 'refuse'; refusal: Refusal };

const TAKE: Verdict = { kind: 'take' };
/** The step was taken before, by this very call: answer as then. */
const REPEAT: Verdict = { kind: 'repeat' };
const refuse = (code: Refusal['code'], stored: string | number = ''): Verdict => ({
  kind: 'refuse',
  refusal: { code, stored: String(stored) },
});

/** A job that is not there was deleted, or its data was lost. */
export const judgeAbsent = (job: string, wasDeleted: boolean): Verdict =>
  wasDeleted ? refuse('job-unknown') : refuse('data-missing', `the record in ${job}`);

export function judgeEpoch(slot: SlotFacts, epoch: number): Verdict {
  if (slot.epoch > epoch) return refuse('epoch-stale', slot.epoch);
  if (slot.epoch < epoch) return refuse('epoch-ahead', slot.epoch);
  return TAKE;
}

export function judgeUpdate(slot: SlotFacts, planHash: string): Verdict {
  const clashes = slot.pendingPlan !== null && slot.pendingPlan !== planHash;
  return clashes ? refuse('batch-pending', slot.last + 1) : TAKE;
}

export function judgeLogOffsets(slot: SlotFacts, batch: number): Verdict {
  if (batch <= slot.last) return refuse('batch-stale', slot.last);
  if (batch > slot.last + 1) return refuse('batch-ahead', slot.last);
  return slot.pendingPlan === null ? TAKE : REPEAT;
}

export function judgeCommit(slot: SlotFacts, call: { batch: number; token: string; planHash: string }): Verdict {
  if (call.batch === slot.last) return call.token === slot.token ? REPEAT : refuse('token-stale', slot.last);
  if (call.batch < slot.last) return refuse('batch-stale', slot.last);
  if (call.batch > slot.last + 1) return refuse('batch-ahead', slot.last);
  if (!slot.published) return refuse('previous-unpublished', slot.last);
  if (slot.pendingPlan === null) return refuse('intent-missing');
  if (slot.pendingPlan !== call.planHash) return refuse('plan-differs', slot.pendingPlan);
  return TAKE;
}

export function judgeAmend(slot: SlotFacts, call: { batch: number; token: string }): Verdict {
  if (call.batch > slot.last) return refuse('batch-ahead', slot.last);
  if (call.batch < slot.last || slot.published) return refuse('batch-stale', slot.last);
  return call.token === slot.token ? TAKE : refuse('token-stale', slot.last);
}

export function judgePublished(slot: SlotFacts, batch: number): Verdict {
  if (batch > slot.last) return refuse('batch-ahead', slot.last);
  // An older batch was published before its successor could be committed.
  return batch === slot.last ? TAKE : REPEAT;
}
