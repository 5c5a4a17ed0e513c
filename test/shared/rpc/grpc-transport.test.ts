import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { call, connect, rpcService, startRpcServer } from '@millrace/shared/rpc';
import { type ControlHandlers, transportContract } from './transport-contract.ts';

const unavailable = { unavailable: 'DRIVER_UNAVAILABLE' } as const;

async function serve(t: TestContext, handlers: Partial<ControlHandlers>) {
  const missing = async () => {
    throw new MillraceError('INTERNAL', 'not part of this test');
  };
  const all = Object.fromEntries(Object.keys(wire.ControlService.service).map((name) => [name, missing]));
  const service = rpcService(wire.ControlService, { ...all, ...handlers } as unknown as ControlHandlers);
  const server = await startRpcServer({ host: '127.0.0.1', port: 0, services: [service] });
  const client = connect(wire.ControlService, `127.0.0.1:${server.port}`, unavailable);
  t.after(async () => {
    client.close();
    await server.close(100);
  });
  return { client, server };
}

transportContract('gRPC', {
  serve: async (t, handlers) => (await serve(t, handlers)).client,
  absent(t) {
    const client = connect(wire.ControlService, '127.0.0.1:1', unavailable);
    t.after(() => client.close());
    return client;
  },
});

test('a peer that ends while a call is open went away: nobody here has cancelled it', async (t) => {
  const seen = Promise.withResolvers<void>();
  const ListJobs = () => {
    seen.resolve();
    return new Promise<never>(() => {});
  };
  const { client, server } = await serve(t, { ListJobs });
  const pending = call(client, 'ListJobs', {});
  await seen.promise;
  await Promise.all([assert.rejects(pending, { code: 'DRIVER_UNAVAILABLE' }), server.close(0)]);
});
