import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  compileExecutorOptions,
  type Executor,
  type ExecutorDeps,
  type ExecutorInput,
  startExecutor,
} from '@millrace/executor';
import { type TaskInput, type TaskResult, wire } from '@millrace/proto';
import { systemClock } from '@millrace/shared/clock';
import { connectKafka, createRecordBatchWriter } from '@millrace/shared/kafka';
import { createLogger } from '@millrace/shared/logging';
import { createMetrics } from '@millrace/shared/metrics';
import type { JobPlan } from '@millrace/shared/plan';
import { call, connect, grpcTransport } from '@millrace/shared/rpc';
import type { JobSpec, OutputMode, OutputSpec, SinkSpec, SourceSpec } from '@millrace/shared/spec';
import { compileJob, openDuckDbFrontend } from '@millrace/shared/sql';
import { type BlobStore, openRedisBlobStore } from '@millrace/shared/store';
import { openLane } from '../../../executor/src/lanes/lane-pool.ts';
import { sharedServers } from '../../servers/index.ts';

export type TestExecutor = Executor & {
  client: ReturnType<typeof connectTasks>;
  /** Runs a task meant for this executor. */
  runTask(job: TestJob, task: TaskOf, signal?: AbortSignal): Promise<TaskResult>;
  open(job: TestJob, run?: Partial<typeof A_RUN>): Promise<void>;
};

export type TestJob = { jobId: string; spec: JobSpec; plan: JobPlan; epoch: number };
export type TaskOf = Pick<TaskInput, 'ranges' | 'blocks' | 'slice' | 'shuffle'> & {
  batchId: number;
  stage: number;
  index?: number;
  attempt?: number;
  batch?: TaskInput['batch'];
  timeoutMs?: number;
};

const connectTasks = (address: string) => connect(wire.TaskService, address, { unavailable: 'EXECUTOR_LOST' });

/** No driver listens there: executors must work while theirs is away. */
const NO_DRIVER = '127.0.0.1:9';
/** Longer than any test. */
const TASK_TIMEOUT_MS = 60_000;

export async function startTestExecutor(
  t: TestContext,
  options: { input?: Partial<ExecutorInput>; deps?: Partial<ExecutorDeps> } = {},
): Promise<TestExecutor> {
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-executor-'));
  const input = { driver: NO_DRIVER, id: 'e', lanes: 2, laneMemory: 512 * 1024 * 1024, scratch, ...options.input };
  const facts = {
    hostname: 'h',
    pid: 1,
    cores: 2,
    memoryBytes: 2 ** 32,
    sharedMemoryFreeBytes: null,
    tmpDir: tmpdir(),
  };
  const blobs = options.deps?.blobs ?? (await openTestBlobs(t));
  const executor = await startExecutor(compileExecutorOptions(input, facts), {
    clock: systemClock,
    random: Math.random,
    log: createLogger({ name: 'executor', level: 'silent' }),
    blobs,
    metrics: createMetrics('executor'),
    transport: grpcTransport,
    connectKafka: (connection) => connectKafka(connection, { clientId: 'test', clock: systemClock }),
    openLane,
    process: { pid: 1, isAlive: () => true, residentBytes: () => 0 },
    ...options.deps,
  });
  const client = connectTasks(executor.address);
  t.after(async () => {
    client.close();
    await executor.stop();
    await rm(scratch, { recursive: true, force: true });
  });
  return {
    ...executor,
    client,
    open: async (job, run) => void (await call(client, 'OpenJob', { ...openRequest(job), ...run })),
    runTask: (job, task, signal) => call(client, 'RunTask', taskRequest(job, task, executor.incarnation), { signal }),
  };
}

export const A_RUN = { run: 'a run', submittedMs: 1, lastBatch: -1 };

export const openRequest = ({ jobId, epoch, plan, spec }: TestJob) => ({
  ...A_RUN,
  jobId,
  driverEpoch: epoch,
  planHash: plan.hash,
  planJson: JSON.stringify(plan),
  specJson: JSON.stringify(spec),
});

export function taskRequest({ jobId, plan, epoch }: TestJob, task: TaskOf, incarnation: string): TaskInput {
  const { batchId, stage, index = 0, attempt = 0, batch = { timestampMs: 1_700_000_000_000 }, ...input } = task;
  const id = {
    jobId,
    batchId,
    stage: plan.stages[stage]!.id,
    index,
    attempt,
    driverEpoch: epoch,
    incarnation,
    planHash: plan.hash,
  };
  return { id, batch, lane: -1, timeoutMs: TASK_TIMEOUT_MS, ...input };
}

export async function openTestBlobs(t: TestContext): Promise<BlobStore> {
  const { redisUrl } = await sharedServers();
  const blobs = await openRedisBlobStore({ url: redisUrl, namespace: `test-${randomUUID()}` }, { clock: systemClock });
  t.after(() => blobs.close());
  return blobs;
}

/** A job over one JSON topic with the columns k, v, and what the query makes of it. */
export async function compileTestJob(
  t: TestContext,
  job: {
    query: string;
    sink: SinkSpec;
    topic: string;
    outputMode?: OutputMode;
    onBadRecord?: SourceSpec['onBadRecord'];
    /** More outputs; the first one is called `main` then. */
    others?: OutputSpec[];
  },
): Promise<TestJob> {
  const { kafkaBrokers: brokers } = await sharedServers();
  const columns = [
    ['k', 'VARCHAR'],
    ['v', 'BIGINT'],
  ].map(([name, type]) => ({ name: name!, type: type!, encoding: 'plain' as const }));
  const spec: JobSpec = {
    name: `job-${randomUUID()}`,
    sources: [
      {
        name: 's',
        type: 'kafka',
        connection: { brokers, ssl: false, sasl: null },
        topics: [job.topic],
        startingOffsets: { kind: 'earliest' },
        format: { kind: 'json', columns },
        changes: null,
        watermark: null,
        strict: false,
        onBadRecord: job.onBadRecord ?? { kind: 'fail' },
        onDataLoss: 'fail',
      },
    ],
    tables: [],
    views: [],
    outputs: [
      { name: job.others ? 'main' : null, query: job.query, sink: job.sink, outputMode: job.outputMode ?? 'append' },
      ...(job.others ?? []),
    ],
    onLateRow: { kind: 'drop' },
    stateTtlMs: null,
    trigger: { kind: 'once' },
    limits: { recordsPerBatchMax: 1e6, bytesPerBatchMax: 1e9, batchDurationTargetMs: 600, taskTimeoutMs: 300_000 },
    restart: { failuresMax: 0, spanMs: 1_000, backoffInitialMs: 100, backoffMax: 1_000 },
  };
  const frontend = await openDuckDbFrontend();
  t.after(() => frontend.close());
  const compiled = await compileJob(spec, frontend);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return { jobId: spec.name, spec, plan: compiled.plan, epoch: 1 };
}

/** A topic with these values, a list per partition; null is a tombstone. */
export async function topicOf(t: TestContext, partitions: (string | null)[][]): Promise<string> {
  const { kafkaBrokers: brokers } = await sharedServers();
  const client = await connectKafka({ brokers, ssl: false, sasl: null }, { clientId: 'test', clock: systemClock });
  t.after(() => client.close());
  const topic = `t-${randomUUID()}`;
  await client.createTopics([{ topic, partitions: partitions.length, replicationFactor: 1 }]);
  const batches = partitions.map((values, partition) => {
    const writer = createRecordBatchWriter({
      compression: 'none',
      bytesMax: 500_000,
      headers: {},
      timestampMs: 1_700_000_000_000,
    });
    for (const value of values) {
      const bytes = value === null ? null : Buffer.from(value);
      writer.append(null, 0, 0, bytes, 0, bytes?.length ?? 0);
    }
    return { topic, partition, batches: writer.finish().batches };
  });
  await client.produce(batches, { acks: -1 });
  return topic;
}

export const rangeOf = (topic: string, partition: number, fromOffset: number, untilOffset: number) => ({
  source: 's',
  topic,
  partition,
  fromOffset,
  untilOffset,
});
