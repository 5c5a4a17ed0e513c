import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@millrace/shared/clock';
import { connectKafka, type KafkaClient } from '@millrace/shared/kafka';
import { call } from '@millrace/shared/rpc';
import { runCommand } from '../cli/support/run-command.ts';
import { type WrittenSpec, writeSpec } from '../e2e/support/cluster.ts';
import { type DriverSlot, openDriverSlot } from '../e2e/support/driver-slot.ts';
import { type ExecutorPool, openExecutorPool } from '../e2e/support/executor-pool.ts';
import { type KafkaCluster, type RedisServer, startKafka, startRedis } from '../servers/index.ts';
import { askDrivers, type DriverQuestions } from './ask-drivers.ts';

/** Servers of its own, two drivers, and executors that come and go: all of it may be killed. */
export type SoakCluster = {
  clock: Clock;
  redis: RedisServer;
  kafkaServer: KafkaCluster;
  kafka: KafkaClient;
  namespace: string;
  /** For file sinks. */
  folder: string;
  drivers: readonly DriverSlot[];
  executors: ExecutorPool;
  ask: DriverQuestions['ask'];
  submit(spec: WrittenSpec): Promise<void>;
  close(): Promise<void>;
};

/** To begin with. */
const EXECUTORS = 3;
/** Ten processes share the machine. */
const LANES = 1;
/** A process that starts on two cores that are busy with everything else. */
export const START_MAX_MS = 90_000;
const CALL_TIMEOUT_MS = 2_000;

export async function startSoakCluster(): Promise<SoakCluster> {
  const [kafkaServer, redis] = await Promise.all([startKafka({ own: true }), startRedis({ own: true })]);
  const connection = { brokers: kafkaServer.brokers, ssl: false, sasl: null };
  const kafka = await connectKafka(connection, { clientId: 'soak', clock: systemClock });
  const namespace = `soak-${randomUUID()}`;
  const store = { redisUrl: redis.url, namespace, replicas: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'millrace-soak-'));
  const drivers = [await openDriverSlot('driver-1', store), await openDriverSlot('driver-2', store)];
  const addresses = drivers.map(({ address }) => address);
  const { ask, close: hangUp } = askDrivers(addresses);
  const known = () =>
    ask(async (control) => (await call(control, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS })).executors);
  const pauses = { pass: async () => {} };
  const executors = openExecutorPool({ lanes: LANES, drivers: addresses, store, pauses, known });
  const close = async () => {
    hangUp();
    await Promise.all([...drivers.map((slot) => slot.close()), executors.close()]);
    kafka.close();
    await Promise.all([kafkaServer.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const slot of drivers) await slot.start(START_MAX_MS);
    await Promise.all(Array.from({ length: EXECUTORS }, () => executors.add(START_MAX_MS)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ clock: systemClock, redis, kafkaServer, kafka, namespace, folder, drivers, executors, ask, close },
    submit: async (spec) => {
      const path = writeSpec(folder, spec, kafkaServer.brokers);
      const { code, stderr } = await runCommand(['submit', path, '--driver', addresses[0]!]);
      if (code !== 0) throw new Error(`${spec.name} was refused: ${stderr}`);
    },
  };
}
