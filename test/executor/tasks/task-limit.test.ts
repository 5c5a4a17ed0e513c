import assert from 'node:assert/strict';
import test from 'node:test';
import { startTaskLimit } from '../../../executor/src/tasks/task-limit.ts';
import { createManualClock } from '../../shared/clock/manual-clock.ts';

function limitOf(limitMs: number) {
  const clock = createManualClock();
  const exceeded: number[] = [];
  const limit = startTaskLimit(limitMs, clock, () => exceeded.push(clock.monotonic()));
  return { clock, limit, exceeded };
}

test('work counts, waiting does not', async () => {
  const { clock, limit, exceeded } = limitOf(100);
  await clock.advance(60);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  limit.waitsFor(first.promise);
  limit.waitsFor(second.promise);
  await clock.advance(1_000);
  first.reject(new Error('what it waited for failed'));
  await clock.advance(1_000);
  second.resolve();
  await clock.advance(39);
  assert.deepEqual(exceeded, []);
  await clock.advance(1);
  assert.deepEqual(exceeded, [2_100]);
});

test('an attempt that has ended exceeds nothing, whatever it still waits for', async () => {
  const { clock, limit, exceeded } = limitOf(100);
  const turn = Promise.withResolvers<void>();
  limit.waitsFor(turn.promise);
  limit.close();
  turn.resolve();
  await clock.advance(1_000);
  assert.deepEqual(exceeded, []);
});
