import { type ErrorCode, MillraceError } from '../errors/index.ts';
import type { MethodName, ReplyOf, RequestInput } from './definition.ts';

/** A peer and the way to it, as a Transport opened it. */
export type RpcClient<Definition> = {
  readonly address: string;
  readonly definition: Definition;
  readonly channel: RpcChannel;
  close(): void;
};

/** Untyped: `call` and `stream` know what the methods take and give. Failures are MillraceErrors. */
export type RpcChannel = {
  unary(method: string, request: object, options: CallOptions): Promise<object>;
  stream(method: string, request: object, options: CallOptions): AsyncGenerator<object>;
};

export type ConnectOptions = {
  /** Code of the error when the peer cannot be reached. */
  unavailable: ErrorCode;
};

export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** Deadline of the whole call. Without it the call ends with its peer or its signal. */
  timeoutMs?: number | undefined;
  /** On behalf of another caller, who is not to be sent on again. */
  forwarded?: boolean | undefined;
};

/** One request, one reply. Rejects with a MillraceError, the peer's own where it sent one. */
export async function call<Definition, Method extends MethodName<Definition>>(
  client: RpcClient<Definition>,
  method: Method,
  request: RequestInput<Definition[Method]>,
  options: CallOptions = {},
): Promise<ReplyOf<Definition[Method]>> {
  if (options.signal?.aborted) throw cancelled(client.address);
  return (await client.channel.unary(method, request as object, options)) as ReplyOf<Definition[Method]>;
}

/** One request, a stream of replies. Leaving the loop cancels the call. */
export async function* stream<Definition, Method extends MethodName<Definition>>(
  client: RpcClient<Definition>,
  method: Method,
  request: RequestInput<Definition[Method]>,
  options: CallOptions = {},
): AsyncGenerator<ReplyOf<Definition[Method]>> {
  if (options.signal?.aborted) throw cancelled(client.address);
  yield* client.channel.stream(method, request as object, options) as AsyncGenerator<ReplyOf<Definition[Method]>>;
}

export function cancelled(peer: string): MillraceError {
  return new MillraceError('CANCELLED', 'the call was cancelled', { details: { peer } });
}
