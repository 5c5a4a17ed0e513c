import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type { ErrorCode } from '../errors/index.ts';
import type { CallOptions, ConnectOptions, RpcClient } from './client.ts';
import { FORWARDED_HEADER, MESSAGE_BYTES_MAX } from './definition.ts';
import { fromServiceError } from './failure-trailer.ts';

/** A dead peer that sends no reset is noticed by keepalive within interval + timeout. */
const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 3_000;
const RECONNECT_BACKOFF_MAX_MS = 1_000;

type AnyMethod = MethodDefinition<object, object, object, object>;
type Peer = { channel: Client; method(name: string): AnyMethod; address: string; unavailable: ErrorCode };

/** Opens lazily: the first call connects. `service` is one of `wire` of @millrace/proto. */
export function connect<Definition>(
  service: { service: Definition },
  address: string,
  { unavailable }: ConnectOptions,
): RpcClient<Definition> {
  const channel = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    'grpc.keepalive_time_ms': KEEPALIVE_INTERVAL_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF_MAX_MS,
    // Each client is a peer of its own: closing one must not break another's calls.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  });
  const definition = service.service;
  const method = (name: string) => (definition as Record<string, AnyMethod>)[name]!;
  const peer: Peer = { channel, method, address, unavailable };
  return {
    address,
    definition,
    channel: {
      unary: (name, request, options) => unary(peer, name, request, options),
      stream: (name, request, options) => serverStream(peer, name, request, options),
    },
    close: () => channel.close(),
  };
}

function unary(peer: Peer, name: string, request: object, options: CallOptions): Promise<object> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const onAbort = () => pending.cancel();
    const onReply = (error: ServiceError | null, reply?: object) => {
      signal?.removeEventListener('abort', onAbort);
      if (error) reject(failureOf(peer, error, signal));
      else resolve(reply!);
    };
    const pending = peer.channel.makeUnaryRequest(...callOf(peer, name, request, options), onReply);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

async function* serverStream(peer: Peer, name: string, request: object, options: CallOptions): AsyncGenerator<object> {
  const { signal } = options;
  const replies: ClientReadableStream<object> = peer.channel.makeServerStreamRequest(
    ...callOf(peer, name, request, options),
  );
  const onAbort = () => replies.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    yield* replies;
  } catch (error) {
    throw failureOf(peer, error as ServiceError, signal);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    replies.cancel();
  }
}

/** What a call of either kind is made with. */
function callOf({ method }: Peer, name: string, request: object, options: CallOptions) {
  const { path, requestSerialize, responseDeserialize } = method(name);
  return [path, requestSerialize, responseDeserialize, request, metadataOf(options), deadlineOf(options)] as const;
}

function failureOf({ address, unavailable }: Peer, error: ServiceError, signal: AbortSignal | undefined) {
  return fromServiceError(error, { peer: address, unavailable, isLeft: signal?.aborted ?? false });
}

function metadataOf({ forwarded }: CallOptions): Metadata {
  const metadata = new Metadata();
  if (forwarded) metadata.set(FORWARDED_HEADER, 'true');
  return metadata;
}

function deadlineOf({ timeoutMs }: CallOptions): { deadline?: Date } {
  return timeoutMs === undefined ? {} : { deadline: new Date(Date.now() + timeoutMs) };
}
