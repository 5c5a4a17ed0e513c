import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { wire } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { createLogger } from '@millrace/shared/logging';
import { grpcTransport, rpcService, startRpcServer } from '@millrace/shared/rpc';
import { joinCluster } from '../../../executor/src/cluster/membership.ts';

/** A driver that notes what it hears. Each wait resolves with the next call of that kind. */
async function startDriver(t: TestContext, port = 0, is: { replaced?: boolean; leads?: boolean } = {}) {
  const known = new Set<string>();
  const heard: string[] = [];
  const waiting: { kind: string; resolve: () => void }[] = [];
  const hear = (kind: string) => {
    heard.push(kind);
    for (const waiter of waiting.splice(0)) waiter.kind === kind ? waiter.resolve() : waiting.push(waiter);
  };
  const service = rpcService(wire.ClusterService, {
    Register: async ({ incarnation }) => {
      if (is.leads === false) throw new MillraceError('DRIVER_UNAVAILABLE', 'it stands by');
      known.add(incarnation);
      hear('register');
      return { leaseMs: 1_000, heartbeatMs: 5 };
    },
    Heartbeat: async ({ incarnation, openJobs }) => {
      if (!known.has(incarnation)) throw new MillraceError('EXECUTOR_UNKNOWN', 'never heard of it');
      hear('heartbeat');
      return { closeJobs: openJobs.filter((job) => job === 'unwanted'), mayBeReplaced: is.replaced ?? false };
    },
    Drain: async () => {
      hear('drain');
      return {};
    },
  });
  const server = await startRpcServer({ host: '127.0.0.1', port, services: [service] });
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= server.close(0));
  t.after(close);
  const next = (kind: string) => new Promise<void>((resolve) => waiting.push({ kind, resolve }));
  return { port: server.port, heard, next, close, forget: () => known.clear() };
}

function join(t: TestContext, drivers: string[], openJobs: string[] = []) {
  const closed = Promise.withResolvers<string[]>();
  const membership = joinCluster(
    {
      drivers,
      self: { executorId: 'e', incarnation: 'i', address: '127.0.0.1:1', lanes: 2, version: '0', hashVersion: 'h' },
      load: async () => ({ busyLanes: 0, queuedTasks: 0, residentBytes: 0, scratchBytes: 0, openJobs }),
      closeJobs: closed.resolve,
    },
    {
      clock: systemClock,
      random: () => 0,
      transport: grpcTransport,
      log: createLogger({ name: 'test', level: 'silent' }),
    },
  );
  t.after(membership.leave);
  return { membership, closed: closed.promise };
}

test('registers, keeps the lease, and registers again with a driver that has forgotten it', async (t) => {
  const driver = await startDriver(t);
  const { membership } = join(t, [`127.0.0.1:${driver.port}`]);
  await driver.next('heartbeat');
  assert.deepEqual(driver.heard.slice(0, 2), ['register', 'heartbeat']);
  assert.equal(membership.registered(), true);
  driver.forget();
  await driver.next('register');
  await driver.next('heartbeat');
});

test('goes on trying while the driver is away and finds it when it is back', async (t) => {
  const first = await startDriver(t);
  const { membership } = join(t, [`127.0.0.1:${first.port}`]);
  await first.next('heartbeat');
  await first.close();
  const second = await startDriver(t, first.port);
  await second.next('register');
  await second.next('heartbeat');
  assert.equal(membership.registered(), true);
});

test('tries the addresses in turn', async (t) => {
  const dead = await startDriver(t);
  await dead.close();
  const driver = await startDriver(t);
  join(t, [`127.0.0.1:${dead.port}`, `127.0.0.1:${driver.port}`]);
  await driver.next('heartbeat');
});

test('looks for another driver when its own may have been replaced, and stays until one takes it', async (t) => {
  const [old, other] = [{ replaced: false }, { leads: false }];
  const [first, second] = [await startDriver(t, 0, old), await startDriver(t, 0, other)];
  const { membership } = join(t, [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]);
  await first.next('heartbeat');
  old.replaced = true;
  await first.next('heartbeat');
  await first.next('heartbeat');
  assert.deepEqual(second.heard, []);
  assert.equal(membership.registered(), true);
  other.leads = true;
  await second.next('heartbeat');
  assert.deepEqual(second.heard.slice(0, 2), ['register', 'heartbeat']);
  assert.equal(first.heard.filter((kind) => kind === 'register').length, 1);
});

test('closes the jobs that the driver names, and announces a drain', async (t) => {
  const driver = await startDriver(t);
  const { membership, closed } = join(t, [`127.0.0.1:${driver.port}`], ['wanted', 'unwanted']);
  assert.deepEqual(await closed, ['unwanted']);
  await membership.announceDrain();
  assert.ok(driver.heard.includes('drain'));
});
