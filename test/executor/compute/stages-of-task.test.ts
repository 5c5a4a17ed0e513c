import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagesOf } from '../../../executor/src/compute/stages-of-task.ts';
import { totalsPerUser } from '../lanes/lane-fixture.ts';

const ids = (stage: string, bringsRecords: boolean) =>
  stagesOf(totalsPerUser(), stage, bringsRecords).map(({ id }) => id);

test('a task runs the stage it names, or all from the source to it when it brings records', () => {
  assert.deepEqual(ids('s0', true), ['s0']);
  assert.deepEqual(ids('s1', false), ['s1']);
  assert.deepEqual(ids('s1', true), ['s0', 's1']);
  assert.throws(() => ids('s2', false), { code: 'INVALID_ARGUMENT' });
});
