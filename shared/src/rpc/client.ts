import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { type ErrorCode, MillraceError } from '../errors/index.ts';
import { FORWARDED_HEADER, MESSAGE_BYTES_MAX, type MethodName, type ReplyOf, type RequestInput } from './definition.ts';
import { fromServiceError } from './failure-trailer.ts';

export type RpcClient<Definition> = {
  readonly address: string;
  readonly definition: Definition;
  readonly channel: Client;
  /** Code of the error when the peer cannot be reached. */
  readonly unavailable: ErrorCode;
  close(): void;
};

export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** Deadline of the whole call. Without it the call ends with its peer or its signal. */
  timeoutMs?: number | undefined;
  /** On behalf of another caller, who is not to be sent on again. */
  forwarded?: boolean | undefined;
};

/** A dead peer that sends no reset is noticed by keepalive within interval + timeout. */
const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 3_000;
const RECONNECT_BACKOFF_MAX_MS = 1_000;

type AnyMethod = MethodDefinition<object, object, object, object>;

/** Opens lazily: the first call connects. `service` is one of `wire` of @millrace/proto. */
export function connect<Definition>(
  service: { service: Definition },
  address: string,
  options: { unavailable: ErrorCode },
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
  return {
    address,
    definition: service.service,
    channel,
    unavailable: options.unavailable,
    close: () => channel.close(),
  };
}

/** One request, one reply. Rejects with a MillraceError, the peer's own where it sent one. */
export function call<Definition, Method extends MethodName<Definition>>(
  client: RpcClient<Definition>,
  method: Method,
  request: RequestInput<Definition[Method]>,
  options: CallOptions = {},
): Promise<ReplyOf<Definition[Method]>> {
  const { path, requestSerialize, responseDeserialize } = client.definition[method] as unknown as AnyMethod;
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(client.address));
    const onAbort = () => pending.cancel();
    const pending = client.channel.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request as object,
      metadataOf(options),
      deadlineOf(options),
      (error: ServiceError | null, reply?: object) => {
        signal?.removeEventListener('abort', onAbort);
        if (error) reject(fromServiceError(error, client.unavailable, client.address));
        else resolve(reply as ReplyOf<Definition[Method]>);
      },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** One request, a stream of replies. Leaving the loop cancels the call. */
export async function* stream<Definition, Method extends MethodName<Definition>>(
  client: RpcClient<Definition>,
  method: Method,
  request: RequestInput<Definition[Method]>,
  options: CallOptions = {},
): AsyncGenerator<ReplyOf<Definition[Method]>> {
  const { path, requestSerialize, responseDeserialize } = client.definition[method] as unknown as AnyMethod;
  const { signal } = options;
  if (signal?.aborted) throw cancelled(client.address);
  const replies: ClientReadableStream<object> = client.channel.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request as object,
    metadataOf(options),
    deadlineOf(options),
  );
  const onAbort = () => replies.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const reply of replies) yield reply as ReplyOf<Definition[Method]>;
  } catch (error) {
    throw fromServiceError(error as ServiceError, client.unavailable, client.address);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    replies.cancel();
  }
}

function metadataOf({ forwarded }: CallOptions): Metadata {
  const metadata = new Metadata();
  if (forwarded) metadata.set(FORWARDED_HEADER, 'true');
  return metadata;
}

function deadlineOf({ timeoutMs }: CallOptions): { deadline?: Date } {
  return timeoutMs === undefined ? {} : { deadline: new Date(Date.now() + timeoutMs) };
}

function cancelled(peer: string): MillraceError {
  return new MillraceError('CANCELLED', 'the call was cancelled', { details: { peer } });
}
