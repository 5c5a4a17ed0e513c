import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { MillraceError } from '../errors/index.ts';
import { FORWARDED_HEADER, MESSAGE_BYTES_MAX } from './definition.ts';
import { toServiceError } from './failure-trailer.ts';
import type { AnyHandler, CallContext, RpcServer, ServeOptions } from './server.ts';

/** Listens on host:port (port 0: any free one). INVALID_CONFIG when the address cannot be bound. */
export async function startRpcServer(options: ServeOptions): Promise<RpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  });
  for (const { definition, handlers } of options.services)
    server.addService(definition, implementation(definition, handlers));
  const address = `${options.host}:${options.port}`;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  }).catch((cause: unknown) => {
    throw new MillraceError('INVALID_CONFIG', `cannot listen on ${address}`, {
      cause,
      hint: 'is another process using this port?',
    });
  });
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}

function implementation(definition: ServiceDefinition, handlers: Record<string, AnyHandler>) {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      const handler = handlers[name];
      if (!handler) throw new MillraceError('INTERNAL', `no handler for ${name}`);
      return [name, (method as MethodDefinition<object, object>).responseStream ? streaming(handler) : unary(handler)];
    }),
  );
}

function unary(handler: AnyHandler): handleUnaryCall<object, object> {
  return (call, callback) => {
    Promise.try(() => handler(call.request, contextOf(call)) as Promise<object>).then(
      (reply) => callback(null, reply),
      (thrown: unknown) => callback(toServiceError(thrown)),
    );
  };
}

function streaming(handler: AnyHandler): handleServerStreamingCall<object, object> {
  return (call) => {
    const context = contextOf(call);
    void sendAll(call, () => handler(call.request, context) as AsyncIterable<object>);
  };
}

async function sendAll(call: ServerWritableStream<object, object>, open: () => AsyncIterable<object>): Promise<void> {
  try {
    for await (const reply of open()) {
      if (call.cancelled) return;
      if (!call.write(reply)) await drained(call);
    }
    call.end();
  } catch (thrown) {
    call.emit('error', toServiceError(thrown));
  }
}

function drained(call: ServerWritableStream<object, object>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      call.off('cancelled', done);
      resolve();
    };
    call.once('drain', done);
    call.once('cancelled', done);
  });
}

function contextOf(call: ServerUnaryCall<object, object> | ServerWritableStream<object, object>): CallContext {
  const controller = new AbortController();
  const peer = call.getPeer();
  call.once('cancelled', () =>
    controller.abort(new MillraceError('CANCELLED', 'the caller left', { details: { peer } })),
  );
  return { signal: controller.signal, peer, forwarded: call.metadata.get(FORWARDED_HEADER).length > 0 };
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
