import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseGrant } from '../../../driver/src/dispatch/lane-slots.ts';

const waiter = (jobId: string, incarnation: string | null = null, avoid: string[] = []) => ({
  jobId,
  incarnation,
  avoid: new Set(avoid),
});
const room = (incarnation: string, free: number) => ({ executor: { incarnation }, room: free });
const noneRunning = () => 0;
const chosen = (grant: ReturnType<typeof chooseGrant>) =>
  grant && `${grant.waiter.jobId}@${grant.executor.incarnation}`;

test('any executor will do: the one with most room', () => {
  assert.equal(chosen(chooseGrant([waiter('j')], [room('a', 1), room('b', 3)], noneRunning)), 'j@b');
});

test('no room, no grant', () => assert.equal(chooseGrant([waiter('j')], [room('a', 0)], noneRunning), null));

test('the job with fewest running tasks goes first', () => {
  const running = (job: string) => (job === 'greedy' ? 5 : 1);
  assert.equal(chosen(chooseGrant([waiter('greedy'), waiter('modest')], [room('a', 1)], running)), 'modest@a');
});

test('a task with a home waits for it and does not hold up others', () => {
  const grant = chooseGrant([waiter('homebound', 'a'), waiter('free')], [room('a', 0), room('b', 1)], noneRunning);
  assert.equal(chosen(grant), 'free@b');
});

test('an executor that failed the task is avoided while there are others, even busy ones', () => {
  assert.equal(chosen(chooseGrant([waiter('j', null, ['a'])], [room('a', 2), room('b', 1)], noneRunning)), 'j@b');
  assert.equal(chooseGrant([waiter('j', null, ['a'])], [room('a', 2), room('b', 0)], noneRunning), null);
  assert.equal(chosen(chooseGrant([waiter('j', null, ['a'])], [room('a', 2)], noneRunning)), 'j@a');
});
