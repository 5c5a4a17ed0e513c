import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobPlan } from '@millrace/shared/plan';
import type { CommitEntry, OffsetLogEntry, StateBlobRecord, Takeover } from '@millrace/shared/store';
import {
  assertKeepsState,
  assertNotOlder,
  assertSamePlan,
  decideResume,
} from '../../../driver/src/recovery/resume-decision.ts';

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
const known = { epoch: 6, lastBatch: 4 };
const found: [what: string, epoch: number, last: number, submittedMs: number, older: boolean][] = [
  ['a later driver epoch and the same batch', 7, 4, 1, false],
  ['a batch that another driver has committed since', 9, 5, 1, false],
  ['a driver epoch that was given out before', 6, 4, 1, true],
  ['an older driver epoch', 2, 4, 1, true],
  ['a batch less', 7, 3, 1, true],
  ['no batch any more', 7, -1, 1, true],
  ['another job of the same name', 2, -1, 2, false],
];
for (const [what, epoch, last, submittedMs, older] of found) {
  test(`taken over with ${what}: ${older ? 'the store was rolled back' : 'fine'}`, () => {
    const takeover = { epoch, job: { jobId: 'j', submittedMs }, lastCommit: last < 0 ? null : committed(last) };
    const check = () => assertNotOlder(takeover as unknown as Takeover, known, { submittedMs: 1 });
    if (older) assert.throws(check, { code: 'STORE_CORRUPT', message: /older than this driver/ });
    else check();
  });
}

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
