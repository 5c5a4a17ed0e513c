import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { grpcTransport } from '@millrace/shared/rpc';
import { createExecutorRegistry, LEASE_MS } from '../../../driver/src/dispatch/executor-registry.ts';

function registryAt(t: TestContext) {
  const time = { now: 0, wall: 0 };
  const clock = { now: () => time.wall, monotonic: () => time.now, delay: async () => {} };
  const registry = createExecutorRegistry({ clock, transport: grpcTransport, hashVersion: 'h1' });
  t.after(() => registry.close());
  const register = (executorId: string, incarnation: string) =>
    registry.register({ executorId, incarnation, address: '127.0.0.1:9', lanes: 1, version: '0', hashVersion: 'h1' });
  return { registry, register, time };
}

const ids = (executors: { incarnation: string }[]) => executors.map(({ incarnation }) => incarnation);

test('a draining executor takes no tasks, and is still told how its batches end', (t) => {
  const { registry, register } = registryAt(t);
  register('a', 'a1');
  register('b', 'b1');
  registry.drain('a1');
  assert.deepEqual(ids(registry.alive()), ['b1']);
  assert.deepEqual(ids(registry.present()), ['a1', 'b1']);
});

test('a wall clock that jumps ends no lease', (t) => {
  const { registry, register, time } = registryAt(t);
  register('a', 'a1');
  time.wall = 365 * 86_400_000;
  registry.expire();
  assert.deepEqual(ids(registry.alive()), ['a1']);
});

test('a silent executor and a replaced one are lost', (t) => {
  const { registry, register, time } = registryAt(t);
  const lost: string[] = [];
  registry.onEvent((event) => event.kind === 'executorLost' && lost.push(event.executor.incarnation));
  register('a', 'a1');
  register('b', 'b1');
  register('a', 'a2');
  assert.deepEqual(lost, ['a1']);
  time.now = LEASE_MS;
  registry.heartbeat('a2', { busyLanes: 0, residentBytes: 0 });
  time.now = LEASE_MS + 1;
  registry.expire();
  assert.deepEqual(lost, ['a1', 'b1']);
  assert.deepEqual(ids(registry.present()), ['a2']);
  assert.throws(() => registry.heartbeat('b1', { busyLanes: 0, residentBytes: 0 }), { code: 'EXECUTOR_UNKNOWN' });
});
