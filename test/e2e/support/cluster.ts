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
import { untilReady } from '../../servers/readiness.ts';
import { openExecutorGate } from './executor-gate.ts';
import { openJobWatch } from './job-watch.ts';
import { createPausePoints, type PausePoints } from './pause-points.ts';
import { freeAddress, type RoleProcess, startDriverProcess, startExecutorProcess } from './role-process.ts';
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
  /** Replicas of Redis that all roles wait for. */
  storeReplicas?: number;
};

/** A spec as it is written to the file; the harness adds the brokers. */
export type WrittenSpec = { name: string; sources: Record<string, { topic: string }>; sink: object };

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
  /** SIGKILL. */
  killExecutor(id: string): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pauseExecutor(id: string): void;
  resumeExecutor(id: string): void;
  /** SIGTERM; resolves when it has drained and left by itself. */
  drainExecutor(id: string): Promise<void>;
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

type ExecutorProcess = RoleProcess & { closeGate(): Promise<void> };

export async function startCluster(t: TestContext, options: ClusterOptions): Promise<Cluster> {
  const { kafkaBrokers: brokers, redisUrl } = await serversFor(options);
  const namespace = `e2e-${randomUUID()}`;
  const store = { redisUrl, namespace, replicas: options.storeReplicas ?? 0 };
  const folder = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
  const address = await freeAddress();
  const standbyAddress = options.standby ? await freeAddress() : null;
  const asked = standbyAddress ?? address;
  const control = connect(wire.ControlService, asked, { unavailable: 'DRIVER_UNAVAILABLE' });
  const kafka = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'e2e', clock: systemClock });
  const pauses = createPausePoints();
  const started: RoleProcess[] = [];
  const gates: (() => Promise<void>)[] = [];
  const jobs: TestJob[] = [];
  const executors = new Map<string, ExecutorProcess>();
  let driver: RoleProcess | null = null;
  let standby: RoleProcess | null = null;
  let executorsStarted = 0;

  t.after(async () => {
    showLogs(t);
    await Promise.all(jobs.map((job) => job.watch.close()));
    control.close();
    await Promise.all([...started.map((role) => role.stop()), ...gates.map((close) => close())]);
    kafka.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function showLogs(of: TestContext): void {
    if ((of as TestContext & { passed: boolean }).passed) return;
    for (const role of started) console.log(`--- the end of ${role.name}'s log\n${role.server.logTail()}`);
  }

  async function executorSummaries(): Promise<ExecutorSummary[]> {
    return (await call(control, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS })).executors;
  }

  async function startDriver(): Promise<void> {
    driver = await startDriverProcess(address, { ...store, redisUrl: options.leaderRedisUrl ?? redisUrl });
    started.push(driver);
    const own = connect(wire.ControlService, address, { unavailable: 'DRIVER_UNAVAILABLE' });
    const answers = async () => void (await call(own, 'ListExecutors', {}, { timeoutMs: CALL_TIMEOUT_MS }));
    await untilReady('driver', driver.server, answers, START_MAX_MS).finally(() => own.close());
  }

  async function startStandby(at: string): Promise<void> {
    standby = await startDriverProcess(at, store);
    started.push(standby);
    await untilReady('standby', standby.server, async () => void (await executorSummaries()), START_MAX_MS);
  }

  async function addExecutor(): Promise<string> {
    executorsStarted += 1;
    const id = `executor-${executorsStarted}`;
    const listen = await freeAddress();
    const gate = await openExecutorGate(id, listen, pauses);
    gates.push(gate.close);
    const { lanes } = options;
    const drivers = standbyAddress === null ? address : `${address},${standbyAddress}`;
    const process = await startExecutorProcess({ id, lanes, driver: drivers, listen, advertise: gate.address, store });
    started.push(process);
    executors.set(id, { ...process, closeGate: gate.close });
    const isAlive = async () => {
      const summary = (await executorSummaries()).find(({ executorId }) => executorId === id);
      assert.equal(summary?.status, 'alive');
    };
    await untilReady(id, process.server, isAlive, START_MAX_MS);
    return id;
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

  function executorOf(id: string): ExecutorProcess {
    const executor = executors.get(id);
    assert.ok(executor, `there is no executor ${id}`);
    return executor;
  }

  await startDriver();
  if (standbyAddress !== null) await startStandby(standbyAddress);
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
    executors: executorSummaries,
    addExecutor,
    killExecutor: async (id) => {
      const { server, closeGate } = executorOf(id);
      await server.kill();
      // As the kernel does for a dead process: whoever is connected is told.
      await closeGate();
    },
    pauseExecutor: (id) => void process.kill(executorOf(id).server.pid, 'SIGSTOP'),
    resumeExecutor: (id) => void process.kill(executorOf(id).server.pid, 'SIGCONT'),
    drainExecutor: (id) => executorOf(id).server.terminate(),
    endingOf: (id) => executorOf(id).server.ending(),
    logOf: (id) => executorOf(id).server.logTail(),
    killDriver: async () => driver?.server.kill(),
    pauseDriver: () => void process.kill(driver!.server.pid, 'SIGSTOP'),
    resumeDriver: () => void process.kill(driver!.server.pid, 'SIGCONT'),
    driverLogs: () => [driver?.server.logTail() ?? '', standby?.server.logTail() ?? ''],
    killStandby: async () => standby?.server.kill(),
    startDriver,
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
  const sink = 'topic' in spec.sink ? { type: 'kafka', brokers, ...spec.sink } : spec.sink;
  const path = join(folder, `${spec.name}.json`);
  writeFileSync(path, JSON.stringify({ ...spec, sources: Object.fromEntries(sources), sink }, null, 2));
  return path;
}
