import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodName, ReplyInput, RequestOf } from './definition.ts';

export type CallContext = {
  /** Aborted when the caller cancels, leaves or its deadline passes. */
  signal: AbortSignal;
  /** host:port of the caller. */
  peer: string;
  /** It was passed on already. */
  forwarded: boolean;
};

/** A method answers with a promise, or with an async iterable where the proto says `stream`. */
export type Handlers<Definition> = {
  [Method in MethodName<Definition>]: (
    request: RequestOf<Definition[Method]>,
    context: CallContext,
  ) => Promise<ReplyInput<Definition[Method]>> | AsyncIterable<ReplyInput<Definition[Method]>>;
};

/** A service definition with its handlers, ready to be served. */
export type RpcService = { definition: ServiceDefinition; handlers: Record<string, AnyHandler> };
export type AnyHandler = (request: unknown, context: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

export function rpcService<Definition>(service: { service: Definition }, handlers: Handlers<Definition>): RpcService {
  return {
    definition: service.service as ServiceDefinition,
    handlers: handlers as unknown as Record<string, AnyHandler>,
  };
}

export type RpcServer = {
  port: number;
  /** No new calls; waits for running ones up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
};

/** Port 0: any free one. */
export type ServeOptions = { host: string; port: number; services: RpcService[] };
