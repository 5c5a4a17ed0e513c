export { type CallOptions, call, connect, type RpcClient, stream } from './client.ts';
export {
  type CallContext,
  type Handlers,
  type RpcServer,
  type RpcService,
  rpcService,
  startRpcServer,
} from './server.ts';
export { type Answerer, switchedService } from './switched-service.ts';
