import type { ConnectOptions, RpcClient } from './client.ts';
import { connect } from './grpc-client.ts';
import { startRpcServer } from './grpc-server.ts';
import type { RpcServer, ServeOptions } from './server.ts';

/** What carries calls between processes. Handed in like the clock: gRPC, or the network of the simulation. */
export type Transport = {
  /** Opens lazily: the first call connects. `service` is one of `wire` of @millrace/proto. */
  connect<Definition>(
    service: { service: Definition },
    address: string,
    options: ConnectOptions,
  ): RpcClient<Definition>;
  /** INVALID_CONFIG when the address cannot be bound. */
  serve(options: ServeOptions): Promise<RpcServer>;
};

export const grpcTransport: Transport = { connect, serve: startRpcServer };
