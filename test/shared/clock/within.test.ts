import assert from 'node:assert/strict';
import { test } from 'node:test';
import { within } from '@millrace/shared/clock';

/** Its delays end when told to. */
function handClock() {
  const delays: { ms: number; end(): void; signal: AbortSignal | undefined }[] = [];
  const delay = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      delays.push({ ms, end: resolve, signal });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  return { delay, delays };
}

test('a step that ends in time ends the wait for its deadline', async () => {
  const clock = handClock();
  assert.equal(await within(clock, 50, async () => 'done'), 'done');
  assert.equal(clock.delays[0]?.ms, 50);
  assert.equal(clock.delays[0]?.signal?.aborted, true);
});

test('a step that takes too long is aborted with TIMED_OUT', async () => {
  const clock = handClock();
  const step = within(
    clock,
    50,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  clock.delays[0]!.end();
  await assert.rejects(step, { code: 'TIMED_OUT' });
});
