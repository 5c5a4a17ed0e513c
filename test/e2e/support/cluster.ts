import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ExecutorSummary, wire } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, type KafkaClient } from '@millrace/shared/kafka';
import { call, connect } from '@millrace/shared/rpc';
import { type CommandResult, runCommand } from '../../cli/support/run-command.ts';
import { sharedServers } from '../../servers/index.ts';
import { openDriverSlot } from './driver-slot.ts';
import { openExecutorPool } from './executor-pool.ts';
import { openJobWatch } from './job-watch.ts';
import { createPausePoints, type PausePoints } from './pause-points.ts';
import { openTestJob, type TestJob } from './test-job.ts';
import { createTopic, type PartitionValues, produceValues } from './topics.ts';

export type ClusterOptions = {
  executors: number;
  /** A second driver that stands by. Commands and watchers then talk to it. */
  standby?: boolean;
  /** Of each executor. */
  lanes: number;
  /** Instead of the shared ones: for tests that take them away. */
  kafkaBrokers?: string[];
  redisUrl?: string;
  /** Where the first driver finds the same Redis, when that is to be cut off from it. */
  leaderRedisUrl?: string;
  /** Whether executors can be cut off. */
  cuttable?: boolean;
  /** Where an executor keeps its scratch files; undefined: in a folder of its own. */
  scratchOf?: (executor: string) => string | undefined;
  /** Replicas of Redis that all roles wait for. */
  storeReplicas?: number;
};

/** A spec as it is written to the file; the harness adds the brokers. */
type Written<Known> = Known & { [key: string]: unknown };
export type WrittenSpec = Written<{
  name: string;
  sources: Record<string, Written<{ topic: string }>>;
  sink?: object;
  outputs?: Record<string, { sink: object }>;
}>;

/** A driver and executors in processes of their own, over real servers, with a namespace of their own in Redis. */
export type Cluster = {
  kafka: KafkaClient;
  brokers: string[];
  redisUrl: string;
  namespace: string;
  /** For file sinks, seen by all executors; removed after the test. */
  folder: string;
  pauseAt: PausePoints['pauseAt'];
  /** A part of the test on this cluster; the logs are shown when it fails. */
  part(name: string, run: () => Promise<void>): Promise<void>;
  /** `millrace …` against this cluster's driver. */
  cli(...args: string[]): Promise<CommandResult>;
  /** Submits through the command line and watches. */
  submit(spec: WrittenSpec): Promise<TestJob>;
  createTopic(partitions?: number): Promise<string>;
  produce(topic: string, values: PartitionValues[]): Promise<void>;
  executors(): Promise<ExecutorSummary[]>;
  /** Resolves when the driver knows it. */
  addExecutor(): Promise<string>;
  /** As its supervisor does for one that has ended. Resolves when the process was spawned. */
  startExecutorAgain(id: string): Promise<void>;
  /** SIGKILL. */
  killExecutor(id: string): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pauseExecutor(id: string): void;
  resumeExecutor(id: string): void;
  /** Drivers, peers and Redis; of a cluster that is `cuttable`. */
  cutExecutor(id: string): void;
  healExecutor(id: string): void;
  /** SIGTERM; resolves when it has drained and left by itself. */
  drainExecutor(id: string): Promise<void>;
  /** A second SIGTERM to one that drains. */
  hurryExecutor(id: string): void;
  /** How its process ended; undefined while it runs. */
  endingOf(executor: string): string | undefined;
  /** The end of its log. */
  logOf(executor: string): string;
  killDriver(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pauseDriver(): void;
  resumeDriver(): void;
  /** Standard output and error of both drivers, leader first. */
  driverLogs(): [string, string];
  killStandby(): Promise<void>;
  /** On the same address; resolves when it answers. */
  startDriver(): Promise<void>;
};

/** Node, DuckDB and the first registration on a busy machine. */
const START_MAX_MS = 30_000;
const CALL_TIMEOUT_MS = 2_000;
const PARTITIONS = 4;

export async function startCluster(t: TestContext, options: ClusterOptions): Promise<Cluster> {
  const { kafkaBrokers: brokers, redisUrl } = await serversFor(options);
  const namespace = `e2e-${randomUUID()}`;
  const store = { redisUrl, namespace, replicas: options.storeReplicas ?? 0 };
  const folder = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
  const driver = await openDriverSlot('driver', { ...store, redisUrl: options.leaderRedisUrl ?? redisUrl });
  const standby = options.standby ? await openDriverSlot('standby', store) : null;
  const asked = (standby ?? driver).address;
  const control = connect(wire.ControlService, asked, { unavailable: 'DRIVER_UNAVAILABLE' });
  const kafka = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'e2e', clock: systemClock });
  const pauses = createPausePoints();
  const known = async () => (await call(control, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS })).executors;
  const drivers = [driver, ...(standby ? [standby] : [])];
  const addresses = drivers.map(({ address }) => address);
  const { lanes, cuttable = false, scratchOf } = options;
  const executors = openExecutorPool({ lanes, cuttable, drivers: addresses, store, scratchOf, pauses, known });
  const jobs: TestJob[] = [];

  t.after(async () => {
    showLogs(t);
    await Promise.all(jobs.map((job) => job.watch.close()));
    control.close();
    await Promise.all([...drivers.map((slot) => slot.close()), executors.close()]);
    kafka.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function showLogs(of: TestContext): void {
    if ((of as TestContext & { passed: boolean }).passed) return;
    const logs = [...drivers.map((slot) => ({ name: slot.name, text: slot.log() })), ...executors.logs()];
    for (const { name, text } of logs) console.log(`--- the end of ${name}'s log\n${text}`);
  }

  async function submit(spec: WrittenSpec): Promise<TestJob> {
    const path = writeSpec(folder, spec, brokers);
    const { code, stderr } = await runCommand(['submit', path, '--driver', asked]);
    assert.equal(code, 0, stderr);
    const [source] = Object.values(spec.sources);
    const surroundings = { kafka, topic: source!.topic, redisUrl, namespace };
    const job = openTestJob(spec.name, openJobWatch(control, spec.name), surroundings);
    jobs.push(job);
    return job;
  }

  for (const slot of drivers) await slot.start(START_MAX_MS);
  const addExecutor = () => executors.add(START_MAX_MS);
  await Promise.all(Array.from({ length: options.executors }, addExecutor));
  return {
    ...{ kafka, brokers, redisUrl, namespace, folder, pauseAt: pauses.pauseAt },
    part: (name, run) =>
      t.test(name, (part) => {
        part.after(() => showLogs(part));
        return run();
      }),
    cli: (...args) => runCommand([...args, '--driver', asked]),
    submit,
    createTopic: (partitions = PARTITIONS) => createTopic(kafka, partitions),
    produce: (topic, values) => produceValues(kafka, topic, values),
    executors: known,
    addExecutor,
    startExecutorAgain: executors.startAgain,
    killExecutor: executors.kill,
    pauseExecutor: executors.pause,
    resumeExecutor: executors.resume,
    cutExecutor: executors.cut,
    healExecutor: executors.heal,
    drainExecutor: executors.drain,
    hurryExecutor: executors.hurry,
    endingOf: executors.endingOf,
    logOf: executors.logOf,
    killDriver: driver.kill,
    pauseDriver: driver.pause,
    resumeDriver: driver.resume,
    driverLogs: () => [driver.log(), standby?.log() ?? ''],
    killStandby: async () => standby?.kill(),
    startDriver: () => driver.start(START_MAX_MS),
  };
}

async function serversFor({ kafkaBrokers, redisUrl }: ClusterOptions) {
  if (kafkaBrokers && redisUrl) return { kafkaBrokers, redisUrl };
  const shared = await sharedServers();
  return { kafkaBrokers: kafkaBrokers ?? shared.kafkaBrokers, redisUrl: redisUrl ?? shared.redisUrl };
}

/** Writes the spec with the brokers filled in, and returns where. */
export function writeSpec(folder: string, spec: WrittenSpec, brokers: string[]): string {
  const sources = Object.entries(spec.sources).map(([name, source]) => [name, { type: 'kafka', brokers, ...source }]);
  const withBrokers = (sink: object) => ('topic' in sink ? { type: 'kafka', brokers, ...sink } : sink);
  const outputs = Object.entries(spec.outputs ?? {}).map(([name, one]) => [
    name,
    { ...one, sink: withBrokers(one.sink) },
  ]);
  const path = join(folder, `${spec.name}.json`);
  const written = {
    ...{ ...spec, sources: Object.fromEntries(sources) },
    ...(spec.sink && { sink: withBrokers(spec.sink) }),
    ...(spec.outputs && { outputs: Object.fromEntries(outputs) }),
  };
  writeFileSync(path, JSON.stringify(written, null, 2));
  return path;
}
