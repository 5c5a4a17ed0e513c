import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '@millrace/shared/clock';
import { createIdleWait } from '../../../executor/src/cluster/idle-wait.ts';

test('waits for the change that makes it idle', async () => {
  let tasks = 2;
  const idle = createIdleWait(() => tasks === 0, systemClock);
  const waiting = idle.wait(60_000);
  tasks = 1;
  idle.changed();
  tasks = 0;
  idle.changed();
  assert.equal(await waiting, true);
  assert.equal(await idle.wait(0), true);
});

test('gives up in time', async () => {
  const idle = createIdleWait(() => false, systemClock);
  assert.equal(await idle.wait(1), false);
});
