import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { call, type RpcClient, stream } from './client.ts';
import type { MethodName } from './definition.ts';
import type { CallContext, RpcService } from './server.ts';

/**
 * Who answers a call now: this process with a service of its own, `until` that stops answering; or a peer that has the same service,
 * whose client is closed when it is the wrong one.
 */
export type Answerer<Definition> = { here: RpcService; until: AbortSignal } | { peer: RpcClient<Definition> };

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
      if ('here' in answerer) {
        const signal = AbortSignal.any([context.signal, answerer.until]);
        return answerer.here.handlers[name]!(request, { ...context, signal });
      }
      const send = responseStream ? stream : call;
      const options = { signal: context.signal, forwarded: true };
      return send(answerer.peer, name as MethodName<Definition>, request as never, options);
    };
    return [name, handler] as const;
  });
  return { definition, handlers: Object.fromEntries(handlers) };
}
