export { type CallOptions, call, type RpcChannel, type RpcClient, stream } from './client.ts';
export { connect } from './grpc-client.ts';
export { startRpcServer } from './grpc-server.ts';
export {
  type CallContext,
  type Handlers,
  type RpcServer,
  type RpcService,
  rpcService,
  type ServeOptions,
} from './server.ts';
export { type Answerer, switchedService } from './switched-service.ts';
export { grpcTransport, type Transport } from './transport.ts';
