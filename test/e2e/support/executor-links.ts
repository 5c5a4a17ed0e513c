import { openTcpProxy } from '../../servers/tcp-proxy.ts';

/** An executor's ways to the rest of the cluster (but Kafka): drivers and peers reach it, it reaches drivers and Redis. */
export type ExecutorLinks = {
  advertise: string;
  drivers: string[];
  redisUrl: string;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
};

export async function openExecutorLinks(
  gate: string,
  drivers: readonly string[],
  redisUrl: string,
): Promise<ExecutorLinks> {
  const [inward, redis, ...outward] = await Promise.all(
    [gate, new URL(redisUrl).host, ...drivers].map((address) => openTcpProxy(Number(address.split(':')[1]))),
  );
  const all = [inward!, redis!, ...outward];
  const addressOf = ({ port }: { port: number }) => `127.0.0.1:${port}`;
  return {
    advertise: addressOf(inward!),
    drivers: outward.map(addressOf),
    redisUrl: `redis://${addressOf(redis!)}`,
    cut: () => {
      for (const proxy of all) proxy.cut();
    },
    heal: () => {
      for (const proxy of all) proxy.heal();
    },
    close: async () => void (await Promise.all(all.map((proxy) => proxy.close()))),
  };
}
