import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { call, type RpcClient, stream } from './client.ts';
import type { MethodName } from './definition.ts';
import type { CallContext, RpcService } from './server.ts';

/**
 * Who answers a call now, `until` that is over: this process with a service of its own, or a peer that has the same service. Whoever waits for a
 * peer that is no longer the right one is told the signal's reason.
 */
export type Answerer<Definition> = ({ here: RpcService } | { peer: RpcClient<Definition> }) & { until: AbortSignal };

/**
 * A service whose calls go wherever `answererOf` says at that moment; what it throws is the answer. A call that was
 * passed on once is not to be passed on again: then `answererOf` must throw.
 */
export function switchedService<Definition>(
  service: { service: Definition },
  answererOf: (context: CallContext) => Answerer<Definition>,
): RpcService {
  const definition = service.service as ServiceDefinition;
  const handlers = Object.entries(definition).map(([name, method]) => {
    const { responseStream } = method as MethodDefinition<object, object>;
    const handler = (request: unknown, context: CallContext) => {
      const answerer = answererOf(context);
      const { until } = answerer;
      const signal = AbortSignal.any([context.signal, until]);
      if ('here' in answerer) return answerer.here.handlers[name]!(request, { ...context, signal });
      const send = responseStream ? stream : call;
      const reply = send(answerer.peer, name as MethodName<Definition>, request as never, { signal, forwarded: true });
      return responseStream
        ? streamUntil(reply as AsyncGenerator<unknown>, until)
        : Promise.resolve(reply as Promise<unknown>).catch((error: unknown) => tellReason(error, until));
    };
    return [name, handler] as const;
  });
  return { definition, handlers: Object.fromEntries(handlers) };
}

async function* streamUntil(replies: AsyncGenerator<unknown>, until: AbortSignal): AsyncGenerator<unknown> {
  try {
    yield* replies;
  } catch (error) {
    tellReason(error, until);
  }
}

function tellReason(error: unknown, until: AbortSignal): never {
  throw until.aborted ? until.reason : error;
}
