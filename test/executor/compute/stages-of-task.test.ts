import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagesOf, type TaskReach } from '../../../executor/src/compute/stages-of-task.ts';
import { spreadOfTotals } from '../lanes/graph-plan.ts';
import { totalsPerUser } from '../lanes/lane-fixture.ts';

const HERE: TaskReach = { sources: [], servesState: true };
const READS: TaskReach = { sources: ['payments'], servesState: false };
const BOTH: TaskReach = { sources: ['payments'], servesState: true };

const ids = (stage: string, reach: TaskReach, plan = totalsPerUser()) =>
  stagesOf(plan, stage, reach).map(({ id }) => id);

test('a task runs the stage it names, or all when it brings records and serves state', () => {
  assert.deepEqual(ids('s0', READS), ['s0']);
  assert.deepEqual(ids('s1', HERE), ['s1']);
  assert.deepEqual(ids('s1', BOTH), ['s0', 's1']);
  assert.throws(() => ids('s2', HERE), { code: 'INVALID_ARGUMENT' });
});

test('of several sources only that runs whose records the task brings', () => {
  assert.deepEqual(ids('s3', BOTH, spreadOfTotals()), ['s0', 's2', 's3']);
  assert.deepEqual(ids('s3', { ...BOTH, sources: ['refunds'] }, spreadOfTotals()), ['s1', 's2', 's3']);
  assert.throws(() => ids('s3', { ...BOTH, sources: ['payments', 'refunds'] }, spreadOfTotals()), {
    code: 'INVALID_ARGUMENT',
  });
});
