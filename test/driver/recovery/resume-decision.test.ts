import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import type { CommitEntry, OffsetLogEntry, StateBlobRecord, Takeover } from '@millrace/shared/store';
import { assertKeepsState, assertSamePlan, decideResume } from '../../../driver/src/recovery/resume-decision.ts';

const committed = (id: number) => ({ batchId: id }) as CommitEntry;
const logged = (id: number) => ({ batchId: id, planHash: 'p' }) as OffsetLogEntry;
const facts = (lastCommit: CommitEntry | null, published: boolean, pending: OffsetLogEntry | null) =>
  ({ job: { jobId: 'j' }, lastCommit, lastCommitPublished: published, pending }) as unknown as Takeover;

test('a new job plans its first batch', () => {
  assert.deepEqual(decideResume(facts(null, false, null)), { publishLast: false, replay: null });
});
test('a batch that was logged and not committed is replayed', () => {
  assert.deepEqual(decideResume(facts(committed(4), true, logged(5))), { publishLast: false, replay: logged(5) });
  assert.deepEqual(decideResume(facts(null, false, logged(0))), { publishLast: false, replay: logged(0) });
});
test('a batch that was committed and not published is published, never run again', () => {
  assert.deepEqual(decideResume(facts(committed(4), false, null)), { publishLast: true, replay: null });
});
test('logs that contradict each other stop the job', () => {
  for (const pending of [4, 3, 6]) {
    assert.throws(() => decideResume(facts(committed(4), true, logged(pending))), { code: 'STORE_CORRUPT' });
  }
  assert.throws(() => decideResume(facts(null, true, logged(1))), { code: 'STORE_CORRUPT' });
});
test('a batch planned for another query is not replayed under this one', () => {
  assertSamePlan(logged(1), 'p');
  assert.throws(() => assertSamePlan(logged(1), 'q'), { code: 'INCOMPATIBLE_CHANGE' });
});

test('a plan that has no place for stored state is refused, one that adds an operator is not', () => {
  const plan = (...ids: string[]) =>
    ({ stages: [{ operators: ids.map((id) => ({ id, state: {} })) }] }) as unknown as JobPlan;
  const state = [{ operatorId: 'a' }, { operatorId: 'a' }] as StateBlobRecord[];
  assertKeepsState(state, plan('a', 'b'));
  assertKeepsState([], plan('b'));
  assert.throws(() => assertKeepsState(state, plan('b')), {
    code: 'INCOMPATIBLE_CHANGE',
    details: { operators: ['a'] },
  });
});
