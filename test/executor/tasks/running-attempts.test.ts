import assert from 'node:assert/strict';
import test from 'node:test';
import { createRunningAttempts } from '../../../executor/src/tasks/running-attempts.ts';

const key = (attemptId: string, driverEpoch = 1) => ({ jobId: 'j', batchId: 0, driverEpoch, attemptId });
const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('aborts what matches, waits for its end, and leaves the rest', async () => {
  const running = createRunningAttempts();
  const old = running.run(key('a', 1), never, untilAborted);
  const finish = Promise.withResolvers<string>();
  const present = running.run(key('b', 2), never, () => finish.promise);
  const failure = assert.rejects(old, { code: 'CANCELLED', message: /a newer driver/ });
  await running.abort(({ driverEpoch }) => driverEpoch < 2, 'a newer driver');
  await failure;
  assert.equal(running.count(), 1);
  finish.resolve('done');
  assert.equal(await present, 'done');
  assert.equal(running.count(), 0);
});

test('a caller that leaves, or has left, cancels its attempt', async () => {
  const running = createRunningAttempts();
  const caller = new AbortController();
  const left = running.run(key('a'), caller.signal, untilAborted);
  caller.abort();
  await assert.rejects(left, { code: 'CANCELLED' });
  await running.run(key('b'), caller.signal, async (signal) => assert.equal(signal.aborted, true));
});

test('an attempt runs once at a time', async () => {
  const running = createRunningAttempts();
  const caller = new AbortController();
  const first = running.run(key('a'), caller.signal, untilAborted);
  await assert.rejects(
    running.run(key('a'), never, async () => {}),
    { code: 'INTERNAL' },
  );
  caller.abort();
  await assert.rejects(first, { code: 'CANCELLED' });
});
