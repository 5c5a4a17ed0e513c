import type { ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import type { CallOptions, RpcService, Transport } from '@millrace/shared/rpc';
import { cancelled } from '../../../shared/src/rpc/client.ts';
import { fromServiceError, toServiceError } from '../../../shared/src/rpc/failure-trailer.ts';
import { type Arrival, createFlyingCall, type FlyingCall } from './flying-call.ts';
import type { Network } from './network.ts';
import type { Dice } from './random.ts';
import type { Process, Scheduler } from './scheduler.ts';

type Method = MethodDefinition<object, object, object, object>;
type Handler = RpcService['handlers'][string];
type Answer = AsyncIterable<object> | Promise<object>;
type Listener = { process: Process; handlers: Map<string, Handler> };
type Peer = { address: string; unavailable: ErrorCode };

/** Of a reset or a refused connection to reach the caller. ms. */
const RESET_MS = 1;
/** A connection that breaks does so within this after the request was sent. ms. */
const BREAK_WITHIN_MS = 50;

export type Connections = {
  transportOf(process: Process): Transport;
  /** The process is gone. */
  reset(process: Process): void;
  /** Nothing was heard over this link for too long: callers give up; who serves them learns it when the link is back. */
  lose(from: string, to: string): void;
};

/** The calls that processes make to one another: what gRPC is to the real ones, messages as bytes included. */
export function createConnections(network: Network, scheduler: Scheduler, dice: Dice): Connections {
  const listening = new Map<string, Listener>();
  const flying = new Set<FlyingCall>();

  function listenerAt(address: string): Listener | undefined {
    const found = listening.get(address);
    return found?.process.state === 'dead' ? undefined : found;
  }

  /** Tells the server that the caller does not wait any more. */
  function sayLeft(call: FlyingCall): void {
    network.send(call.client.host, call.server.host, call.server, `${call.name} left`, () => call.leave());
  }

  function bound(call: FlyingCall, address: string, { signal, timeoutMs }: CallOptions): void {
    const end = (error: MillraceError) => {
      if (!call.isOpen()) return;
      call.fail(error);
      sayLeft(call);
    };
    const onAbort = () => end(cancelled(address));
    signal?.addEventListener('abort', onAbort, { once: true });
    call.onEnd(() => signal?.removeEventListener('abort', onAbort));
    if (timeoutMs === undefined) return;
    const details = { peer: address };
    const late = () => end(new MillraceError('TIMED_OUT', `${address} did not answer in time`, { details }));
    call.onEnd(scheduler.after(timeoutMs, call.client, `${call.name} late`, late));
  }

  function failAfter(ms: number, call: FlyingCall, why: string): void {
    scheduler.after(ms, call.client, `${call.name}: ${why}`, () => call.unreachable(why));
  }

  function serve(call: FlyingCall, method: Method, answer: () => Answer): void {
    const { client, server } = call;
    let sent = 0;
    const send = (event: () => Arrival) => {
      const index = sent++;
      network.send(server.host, client.host, client, `${call.name} answered`, () => call.arrive(index, event()));
    };
    const sendReply = (reply: object) => {
      const bytes = method.responseSerialize(reply);
      send(() => ({ kind: 'reply', reply: method.responseDeserialize(bytes) }));
    };
    void answerAll(answer, sendReply).then(
      () => send(() => ({ kind: 'end' })),
      (thrown: unknown) => {
        const failure = toServiceError(thrown) as ServiceError;
        send(() => ({
          kind: 'failure',
          error: fromServiceError(failure, { peer: server.host, unavailable: 'INTERNAL', isLeft: false }),
        }));
      },
    );
  }

  function begin(client: Process, peer: Peer, method: Method, request: object, options: CallOptions): FlyingCall {
    const name = method.path.split('/').at(-1)!;
    const host = peer.address.split(':')[0]!;
    const listener = listenerAt(peer.address);
    const server = listener?.process ?? client;
    const call = createFlyingCall({ name, client, server, ...peer });
    flying.add(call);
    call.onEnd(() => flying.delete(call));
    bound(call, peer.address, options);
    const silenceMs = network.silenceMs(client.host, host);
    if (silenceMs !== null) failAfter(silenceMs, call, 'no connection');
    else if (!listener) failAfter(RESET_MS, call, 'connection refused');
    if (!listener) return call;
    const { breakProbability, duplicateProbability } = network.weather;
    if (dice.chance(breakProbability)) failAfter(RESET_MS + dice.random() * BREAK_WITHIN_MS, call, 'connection reset');
    const bytes = method.requestSerialize(request);
    const context = { signal: call.gone, peer: client.name, forwarded: options.forwarded ?? false };
    const handler = listener.handlers.get(method.path)!;
    const answer = () => handler(method.requestDeserialize(bytes), context) as Answer;
    const again = name !== 'RunTask' && dice.chance(duplicateProbability);
    network.send(client.host, host, server, name, () => {
      serve(call, method, answer);
      // Nobody waits for what comes of the second.
      if (again)
        network.send(client.host, host, server, `${name} again`, () => void answerAll(answer, drop).catch(drop));
    });
    return call;
  }

  function transportOf(process: Process): Transport {
    return {
      connect(service, address, { unavailable }) {
        let closed = false;
        const ask = (name: string, request: object, options: CallOptions) => {
          if (closed) throw new MillraceError(unavailable, `the connection to ${address} was closed`);
          const method = (service.service as Record<string, Method>)[name]!;
          return begin(process, { address, unavailable }, method, request, options);
        };
        return {
          ...{ address, definition: service.service },
          channel: {
            async unary(name, request, options) {
              for await (const reply of ask(name, request, options).replies()) return reply;
              throw new MillraceError('INTERNAL', `${name} ended without an answer`);
            },
            async *stream(name, request, options) {
              const call = ask(name, request, options);
              try {
                yield* call.replies();
              } finally {
                if (call.isOpen()) sayLeft(call);
              }
            },
          },
          close: () => {
            closed = true;
          },
        };
      },
      async serve({ host, port, services }) {
        const address = `${host}:${port}`;
        listening.set(address, { process, handlers: new Map(services.flatMap(handlersByPath)) });
        const close = async () => {
          if (listening.get(address)?.process === process) listening.delete(address);
          reset(process);
        };
        return { port, close };
      },
    };
  }

  function reset(process: Process): void {
    for (const call of flying) {
      if (call.client === call.server) continue;
      if (call.server === process) failAfter(RESET_MS, call, 'connection reset');
      if (call.client === process) scheduler.after(RESET_MS, call.server, `${call.name} reset`, () => call.leave());
    }
  }

  return {
    transportOf,
    reset,
    lose(from, to) {
      for (const call of flying) {
        const ends = [call.client.host, call.server.host];
        if (!ends.includes(from) || !ends.includes(to)) continue;
        failAfter(0, call, 'keepalive timed out');
        sayLeft(call);
      }
    },
  };
}

const drop = () => {};

async function answerAll(answer: () => Answer, send: (reply: object) => void): Promise<void> {
  const answering = answer();
  if (Symbol.asyncIterator in answering) for await (const reply of answering) send(reply);
  else send(await answering);
}

function handlersByPath({ definition, handlers }: RpcService): [string, Handler][] {
  return Object.entries(definition).map(([name, method]) => [(method as Method).path, handlers[name]!]);
}
