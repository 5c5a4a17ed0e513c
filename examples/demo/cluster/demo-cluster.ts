import { randomUUID } from 'node:crypto';
import { wire } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { connectKafka, type KafkaClient } from '@millrace/shared/kafka';
import { call, connect, type RpcClient } from '@millrace/shared/rpc';
import { type KafkaCluster, type RedisServer, startKafka, startRedis } from '@millrace/test/servers';
import { type Role, startDriver, startExecutor } from './roles.ts';

export type Control = RpcClient<typeof wire.ControlService.service>;

/** Brokers, store, driver and executors of the demo, each a process of its own. */
export type DemoCluster = {
  brokers: string[];
  /** False: it was there before the demo, and stays. */
  ownsKafka: boolean;
  kafka: KafkaClient;
  driverAddress: string;
  control: Control;
  executors(): readonly Role[];
  addExecutor(name: string): Promise<void>;
  /** SIGSTOP, so that the tasks it has and is given stay unanswered, then SIGKILL. */
  killExecutor(name: string): Promise<void>;
  /** Logs of what has died without being asked to. */
  obituaries(): string;
  stop(): Promise<void>;
};

/** A new process says something within this time or never. */
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
/** A batch takes less, so a stopped executor surely holds tasks after it. */
const HOLD_MS = 600;

export async function startDemoCluster(options: {
  lanes: number;
  clock: Clock;
  say(line: string): void;
}): Promise<DemoCluster> {
  const { clock, lanes, say } = options;
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  try {
    say('starting Kafka and Redis …');
    const [kafkaServer, redis]: [KafkaCluster, RedisServer] = await Promise.all([startKafka(), startRedis()]);
    stops.push(
      () => redis.stop(),
      () => kafkaServer.stop(),
    );
    const connection = { brokers: kafkaServer.brokers, ssl: false, sasl: null };
    const kafka = await connectKafka(connection, { clientId: 'demo', clock });
    stops.push(() => kafka.close());
    say(`Kafka at ${kafkaServer.brokers.join(', ')}, Redis at ${redis.url}; starting a driver and three executors …`);
    const store = { redisUrl: redis.url, namespace: `demo-${randomUUID().slice(0, 8)}` };
    const driver = await startDriver(store);
    stops.push(() => driver.stop());
    const control = connect(wire.ControlService, driver.address, { unavailable: 'DRIVER_UNAVAILABLE' });
    stops.push(() => control.close());
    const executors = new Map<string, Role>();
    stops.push(async () => void (await Promise.all([...executors.values()].map((role) => role.stop()))));
    const dead = () => [driver, ...executors.values()].filter(({ server }) => server.ending() !== undefined);
    const obituaries = () =>
      dead()
        .map(({ name, server }) => `${name}: ${server.ending()}\n${server.logTail()}`)
        .join('\n');

    async function addExecutor(name: string): Promise<void> {
      executors.set(name, await startExecutor(name, { driver: driver.address, lanes, store }));
    }
    async function killExecutor(name: string): Promise<void> {
      const role = executors.get(name)!;
      executors.delete(name);
      process.kill(role.server.pid, 'SIGSTOP');
      await clock.delay(HOLD_MS);
      await role.stop();
    }
    await Promise.all(['executor-1', 'executor-2', 'executor-3'].map(addExecutor));
    await untilExecutors(control, 3, clock, obituaries);
    return {
      ...{ brokers: kafkaServer.brokers, ownsKafka: kafkaServer.pids.length > 0, kafka },
      ...{ driverAddress: driver.address, control },
      ...{ executors: () => [...executors.values()], addExecutor, killExecutor, obituaries, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilExecutors(control: Control, wanted: number, clock: Clock, obituaries: () => string): Promise<void> {
  const endMs = clock.monotonic() + START_TIMEOUT_MS;
  while (clock.monotonic() < endMs && obituaries() === '') {
    const { executors } = await call(control, 'ListExecutors', {}).catch(() => ({ executors: [] }));
    if (executors.length >= wanted) return;
    await clock.delay(POLL_MS);
  }
  throw new Error(`the cluster did not come up\n${obituaries()}`);
}
