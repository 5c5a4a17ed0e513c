import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorEntry, ExecutorRegistry, RegistryEvent } from '../../../driver/src/dispatch/executor-registry.ts';
import { hasDied } from '../../../driver/src/dispatch/has-died.ts';
import { createManualClock } from '../../shared/clock/manual-clock.ts';

const entry = (executorId: string, incarnation: string) => ({ executorId, incarnation }) as ExecutorEntry;

function lostOne() {
  const clock = createManualClock();
  const alive: ExecutorEntry[] = [entry('b', 'b1')];
  let listener: (event: RegistryEvent) => void = () => {};
  const registry = {
    alive: () => alive,
    onEvent: (listen: typeof listener) => {
      listener = listen;
      return () => {};
    },
  } as unknown as ExecutorRegistry;
  const join = (executor: ExecutorEntry) => {
    alive.push(executor);
    listener({ kind: 'executorJoined', executor });
  };
  return { clock, join, verdict: () => hasDied({ registry, clock }, entry('a', 'a1'), new AbortController().signal) };
}

test('one that comes back as what it was lives', async () => {
  const { join, verdict } = lostOne();
  const died = verdict();
  join(entry('c', 'c1'));
  join(entry('a', 'a1'));
  assert.equal(await died, false);
});

test('one that is followed by a new process has died, also when that was quicker than the question', async () => {
  const { join, verdict } = lostOne();
  join(entry('a', 'a2'));
  assert.equal(await verdict(), true);
});

test('one that does not come back has died', async () => {
  const { clock, verdict } = lostOne();
  const died = verdict();
  await clock.advance(10_000);
  assert.equal(await died, true);
});
