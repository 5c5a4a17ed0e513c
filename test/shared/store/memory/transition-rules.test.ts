import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
// The rules are internal to the store: reached by path, as their only reader outside of it.
import {
  judgeAbsent,
  judgeCommit,
  judgeEpoch,
  judgeLogOffsets,
  judgePublished,
  judgeUpdate,
  type SlotFacts,
  type Verdict,
} from '../../../../shared/src/store/memory/transition-rules.ts';

const slot: SlotFacts = { epoch: 4, last: 7, token: 'own', published: true, pendingPlan: 'plan-a' };
const said = (verdict: Verdict) => (verdict.kind === 'refuse' ? verdict.refusal.code : verdict.kind);

const table: [what: string, verdict: Verdict, expected: string][] = [
  ['a deleted job', judgeAbsent('job', true), 'job-unknown'],
  ['a job that was lost', judgeAbsent('job', false), 'data-missing'],
  ['our driver epoch', judgeEpoch(slot, 4), 'take'],
  ['an older driver', judgeEpoch(slot, 3), 'epoch-stale'],
  ['a store older than the driver', judgeEpoch(slot, 5), 'epoch-ahead'],

  ['update, no batch logged', judgeUpdate({ ...slot, pendingPlan: null }, 'plan-b'), 'take'],
  ['update, batch logged under the same plan', judgeUpdate(slot, 'plan-a'), 'take'],
  ['update, batch logged under another plan', judgeUpdate(slot, 'plan-b'), 'batch-pending'],

  ['log the next batch', judgeLogOffsets({ ...slot, pendingPlan: null }, 8), 'take'],
  ['log the next batch again', judgeLogOffsets(slot, 8), 'repeat'],
  ['log a committed batch', judgeLogOffsets(slot, 7), 'batch-stale'],
  ['log past the next batch', judgeLogOffsets(slot, 9), 'batch-ahead'],

  ['commit the next batch', judgeCommit(slot, { batch: 8, token: 'own', planHash: 'plan-a' }), 'take'],
  ['commit again', judgeCommit(slot, { batch: 7, token: 'own', planHash: 'plan-a' }), 'repeat'],
  ['commit against a rival', judgeCommit(slot, { batch: 7, token: 'other', planHash: 'plan-a' }), 'token-stale'],
  ['commit an old batch', judgeCommit(slot, { batch: 6, token: 'own', planHash: 'plan-a' }), 'batch-stale'],
  ['commit past the next batch', judgeCommit(slot, { batch: 9, token: 'own', planHash: 'plan-a' }), 'batch-ahead'],
  ['commit under another plan', judgeCommit(slot, { batch: 8, token: 'own', planHash: 'plan-b' }), 'plan-differs'],
  [
    'commit what was never logged',
    judgeCommit({ ...slot, pendingPlan: null }, { batch: 8, token: 'own', planHash: 'plan-a' }),
    'intent-missing',
  ],
  [
    'commit before the last batch is published',
    judgeCommit({ ...slot, published: false }, { batch: 8, token: 'own', planHash: 'plan-a' }),
    'previous-unpublished',
  ],

  ['publish the last batch', judgePublished(slot, 7), 'take'],
  ['publish an older batch', judgePublished(slot, 6), 'repeat'],
  ['publish an uncommitted batch', judgePublished(slot, 8), 'batch-ahead'],
];

describe('rules of the commit store', () => {
  for (const [what, verdict, expected] of table) test(what, () => assert.equal(said(verdict), expected));
});
