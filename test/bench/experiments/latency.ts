import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type BenchContext, withEngine } from '../bench-context.ts';
import { taskPhases, taskPhasesSince } from '../costs.ts';
import { PARTITIONS } from '../fill-topic.ts';
import { type Delivery, windowedJob } from '../job-specs.ts';
import type { LatencyProcess, LatencySamples } from '../latency/messages.ts';
import { remove, submit, watchBatches } from '../run-job.ts';
import { type Batch, medianBatch, percentile } from '../steady-rate.ts';

export type LatencyResult = {
  p50Ms: number;
  p99Ms: number;
  updates: number;
  recordsPerSecond: number;
  batches: number;
  /** What the tasks of a batch spent in each phase, mean, map and reduce together and lanes added up. */
  taskPhasesMs: Record<string, number>;
  medianBatch: { durationMs: number; records: number; phasesMs: Record<string, number> };
};

const RECORDS_PER_SECOND = 10_000;
const WARM_UP_MS = { full: 10_000, quick: 3_000 };
const SPAN_MS = { full: 25_000, quick: 5_000 };
const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning'];

/** A payment written to Kafka → the update it makes read from Kafka, at a steady rate far below what the engine can do. */
export async function measureLatency(context: BenchContext, delivery: Delivery): Promise<LatencyResult> {
  const { clock, kafka, kafkaServer, options } = context;
  const brokers = kafkaServer.brokers;
  const [topic, sinkTopic] = [`payments-paced-${delivery}-${process.pid}`, `updates-${delivery}-${process.pid}`];
  await kafka.createTopics([
    { topic, partitions: PARTITIONS },
    { topic: sinkTopic, partitions: PARTITIONS },
  ]);
  const job = windowedJob(
    'bench-latency',
    { brokers, topic },
    { trigger: 'asap', output: { topic: sinkTopic, delivery } },
  );
  const mode = options.quick ? 'quick' : 'full';
  return withEngine(context, { executorFlags: ['--lanes', '2'] }, async (engine) => {
    const over = new AbortController();
    const batches: Batch[] = [];
    const watch = async () => {
      for await (const batch of watchBatches(engine.control, job, { clock, signal: over.signal })) batches.push(batch);
    };
    await submit(engine.control, job);
    const watching = watch().catch((error: unknown) => (over.signal.aborted ? undefined : Promise.reject(error)));
    const reader = startProcess('update-reader.ts', brokers, sinkTopic);
    await once(reader, 'message');
    const producer = startProcess('paced-producer.ts', brokers, topic);
    try {
      await Promise.race([clock.delay(WARM_UP_MS[mode]), watching]);
      reader.send('begin');
      const warmUpBatches = batches.length;
      const { health } = engine.executors[0]!;
      const before = new Map(await taskPhases(health));
      await Promise.race([clock.delay(SPAN_MS[mode]), watching]);
      reader.send('end');
      const [{ latenciesMs }] = (await once(reader, 'message')) as [LatencySamples];
      const span = batches.slice(warmUpBatches);
      return resultOf(latenciesMs, span, await taskPhasesSince(health, before, span.length));
    } finally {
      producer.kill('SIGKILL');
      reader.kill('SIGKILL');
      over.abort();
      await watching;
      await remove(engine.control, job);
    }
  });
}

function startProcess(file: string, brokers: string[], topic: string): ChildProcess {
  const connection = { brokers, ssl: false, sasl: null };
  const told: LatencyProcess = { connection, topic, recordsPerSecond: RECORDS_PER_SECOND };
  const path = new URL(`../latency/${file}`, import.meta.url);
  return fork(path, [JSON.stringify(told)], { execArgv: NODE_FLAGS });
}

function resultOf(
  latenciesMs: readonly number[],
  batches: readonly Batch[],
  taskPhasesMs: Record<string, number>,
): LatencyResult {
  const median = medianBatch(batches);
  return {
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    updates: latenciesMs.length,
    recordsPerSecond: RECORDS_PER_SECOND,
    batches: batches.length,
    taskPhasesMs,
    medianBatch: {
      durationMs: median?.durationMs ?? Number.NaN,
      records: median?.records ?? 0,
      phasesMs: Object.fromEntries((median?.phases ?? []).map(({ phase, ms }) => [phase, ms])),
    },
  };
}
