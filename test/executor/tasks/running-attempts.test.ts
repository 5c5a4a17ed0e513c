import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { CANCEL_GRACE_MS, createRunningAttempts } from '../../../executor/src/tasks/running-attempts.ts';
import { createManualClock } from '../../shared/clock/manual-clock.ts';

const key = (attemptId: string, driverEpoch = 1) => ({ jobId: 'j', batchId: 0, driverEpoch, attemptId });
function attemptsAt() {
  const clock = createManualClock();
  const stuck: MillraceError[] = [];
  return { clock, stuck, running: createRunningAttempts({ clock, onStuck: (error) => stuck.push(error) }) };
}

const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('aborts what matches, waits for its end, and leaves the rest', async () => {
  const { running } = attemptsAt();
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
  const { running } = attemptsAt();
  const caller = new AbortController();
  const left = running.run(key('a'), caller.signal, untilAborted);
  caller.abort();
  await assert.rejects(left, { code: 'CANCELLED' });
  await running.run(key('b'), caller.signal, async (signal) => assert.equal(signal.aborted, true));
});

test('an attempt runs once at a time', async () => {
  const { running } = attemptsAt();
  const caller = new AbortController();
  const first = running.run(key('a'), caller.signal, untilAborted);
  await assert.rejects(
    running.run(key('a'), never, async () => {}),
    { code: 'INTERNAL' },
  );
  caller.abort();
  await assert.rejects(first, { code: 'CANCELLED' });
});

test('a cancelled attempt that does not end is told of; one that ends in time is not', async () => {
  const { clock, stuck, running } = attemptsAt();
  const hangs = Promise.withResolvers<void>();
  const hung = running.run(key('hung'), AbortSignal.abort(), () => hangs.promise);
  await assert.rejects(running.run(key('ended'), AbortSignal.abort(), async () => Promise.reject(new Error('left'))));
  await clock.advance(CANCEL_GRACE_MS - 1);
  assert.equal(stuck.length, 0);
  await clock.advance(1);
  assert.deepEqual(
    stuck.map(({ details }) => details.attemptId),
    ['hung'],
  );
  hangs.resolve();
  await hung;
});

test('an attempt may be cancelled from within', async () => {
  const { running } = attemptsAt();
  const ended = running.run(key('a'), never, (signal, cancel) => {
    const ending = untilAborted(signal);
    cancel(new MillraceError('TASK_TIMED_OUT', 'too long'));
    return ending;
  });
  await assert.rejects(ended, { code: 'TASK_TIMED_OUT' });
});
