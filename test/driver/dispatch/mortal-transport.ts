import { MillraceError } from '@millrace/shared/errors';
import { grpcTransport, type RpcChannel, type Transport } from '@millrace/shared/rpc';

/** gRPC to executors that can die: from then on whoever calls one is told that it is gone, as the kernel does. */
export type MortalTransport = {
  transport: Transport;
  /** Also ends the calls that are under way. */
  kill(address: string): void;
};

/** `onReply` sees what an executor answered, before the caller does. */
export function mortalTransport(onReply: (address: string, method: string, request: object) => void): MortalTransport {
  const deaths = new Map<string, { isDead: boolean; signal: Promise<never>; strike(): void }>();
  function deathOf(address: string) {
    const known = deaths.get(address);
    if (known) return known;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // nobody may be calling when it dies
    const death = {
      isDead: false,
      signal: promise,
      strike: () => {
        death.isDead = true;
        reject(new MillraceError('EXECUTOR_LOST', `${address} is dead`));
      },
    };
    deaths.set(address, death);
    return death;
  }
  const mortal = (address: string, channel: RpcChannel): RpcChannel => ({
    async unary(method, request, options) {
      const death = deathOf(address);
      const reply = await Promise.race([channel.unary(method, request, options), death.signal]);
      onReply(address, method, request);
      if (death.isDead) await death.signal;
      return reply;
    },
    async *stream(method, request, options) {
      if (deathOf(address).isDead) await deathOf(address).signal;
      yield* channel.stream(method, request, options);
    },
  });
  return {
    transport: {
      ...grpcTransport,
      connect: (service, address, options) => {
        const client = grpcTransport.connect(service, address, options);
        return { ...client, channel: mortal(address, client.channel) };
      },
    },
    kill: (address) => deathOf(address).strike(),
  };
}
