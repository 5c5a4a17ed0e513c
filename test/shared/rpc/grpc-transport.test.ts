import { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { connect, rpcService, startRpcServer } from '@millrace/shared/rpc';
import { type ControlHandlers, transportContract } from './transport-contract.ts';

const unavailable = { unavailable: 'DRIVER_UNAVAILABLE' } as const;

transportContract('gRPC', {
  async serve(t, handlers) {
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
    return client;
  },
  absent(t) {
    const client = connect(wire.ControlService, '127.0.0.1:1', unavailable);
    t.after(() => client.close());
    return client;
  },
});
