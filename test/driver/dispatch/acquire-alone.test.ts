import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorEntry, ExecutorRegistry, RegistryEvent } from '../../../driver/src/dispatch/executor-registry.ts';
import { createLaneSlots, type Slot } from '../../../driver/src/dispatch/lane-slots.ts';

/** Executors of one lane each, as much of them as slots look at. */
function slotsOver(...names: string[]) {
  const entries = names.map((incarnation) => ({ incarnation, lanes: 1, status: 'alive' }) as ExecutorEntry);
  const listeners = new Set<(event: RegistryEvent) => void>();
  const registry = {
    alive: () => entries.filter(({ status }) => status === 'alive'),
    get: (incarnation: string) => entries.find((entry) => entry.incarnation === incarnation),
    onEvent: (listener: (event: RegistryEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as ExecutorRegistry;
  const slots = createLaneSlots(registry);
  const { signal } = new AbortController();
  const acquire = () => slots.acquire({ jobId: 'j', incarnation: null, avoid: new Set(), signal });
  const lose = (incarnation: string) => {
    const executor = registry.get(incarnation)!;
    executor.status = 'lost';
    for (const listener of listeners) listener({ kind: 'executorLost', executor, reason: 'test' });
  };
  return { slots, acquire, lose, alone: (by = signal) => slots.acquireAlone({ jobId: 'suspect', signal: by }) };
}

const isWaiting = async (slot: Promise<Slot>): Promise<boolean> => {
  const waiting = Symbol();
  const later = new Promise((resolve) => setImmediate(() => resolve(waiting)));
  return (await Promise.race([slot, later])) === waiting;
};

test('waits until one executor is empty, and keeps others off it', async () => {
  const { slots, acquire, alone } = slotsOver('a', 'b');
  const [first, second] = [await acquire(), await acquire()];
  const lone = alone();
  assert.ok(await isWaiting(lone));
  const beside = await acquire();
  first.release();
  second.release();
  const slot = await lone;
  assert.notEqual(slot.executor, beside.executor);
  const next = await acquire();
  assert.equal(next.executor, beside.executor);
  const kept = acquire();
  assert.ok(await isWaiting(kept));
  assert.equal(slots.acquireIdle({ jobId: 'j', not: beside.executor.incarnation }), null);
  slot.release();
  assert.equal((await kept).executor, slot.executor);
});

test('one at a time', async () => {
  const { alone } = slotsOver('a', 'b');
  const first = await alone();
  const second = alone();
  assert.ok(await isWaiting(second));
  first.release();
  (await second).release();
});

test('an executor that is lost while it is emptied is replaced by another, and one that is left behind serves all again', async () => {
  const { acquire, alone, lose } = slotsOver('a', 'b');
  const running = [await acquire(), await acquire()];
  const lone = alone();
  assert.ok(await isWaiting(lone));
  lose('a');
  running.find(({ executor }) => executor.incarnation === 'b')!.release();
  assert.equal((await lone).executor.incarnation, 'b');

  const { acquire: other, alone: cancelled } = slotsOver('c');
  const only = await other();
  const leaving = new AbortController();
  const left = cancelled(leaving.signal);
  const behind = other();
  assert.ok(await isWaiting(behind));
  leaving.abort(new Error('left'));
  await assert.rejects(left, /left/);
  assert.equal((await behind).executor, only.executor);
});
