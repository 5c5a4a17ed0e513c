import { Redis } from 'ioredis';
import { type BenchContext, paymentTopic, withEngine } from '../bench-context.ts';
import { windowedJob } from '../job-specs.ts';
import { residentBytes } from '../processor-time.ts';
import { runJob } from '../run-job.ts';

export type MemorySample = {
  records: number;
  executorBytes: number;
  driverBytes: number;
  /** Of the scratch folder, which lies in memory where there is /dev/shm. */
  scratchBytes: number;
  redisBytes: number;
};

export type MemoryResult = {
  records: number;
  laneMemoryBytes: number;
  lanes: number;
  /** Highest resident set of the executor in the first and the second half of the records: flat when they are alike. */
  executorFirstHalfMaxBytes: number;
  executorSecondHalfMaxBytes: number;
  driverMaxBytes: number;
  redisMaxBytes: number;
  curve: MemorySample[];
};

const TIME_LIMIT_MS = 300_000;
const LANES = 2;
/** Much less than the default share of a large machine, so that the bound can be seen to hold. */
const LANE_MEMORY_BYTES = 512 * 1024 * 1024;
const CURVE_POINTS = 40;
const SAMPLE_EVERY_MS = 200;

/** What the windowed job takes while it works through the whole topic, sampled by the clock. */
export async function measureMemory(context: BenchContext): Promise<MemoryResult> {
  const { clock, kafkaServer, redisServer } = context;
  const { topic, records } = await paymentTopic(context, 'dense');
  const flags = ['--lanes', String(LANES), '--lane-memory', `${LANE_MEMORY_BYTES / 1024 / 1024}MiB`];
  const redis = new Redis(redisServer.url);
  try {
    return await withEngine(context, { executorFlags: flags }, async (engine) => {
      const samples: MemorySample[] = [];
      let done = 0;
      const sample = async () => {
        const executor = engine.executors[0]!;
        const [info, metrics] = await Promise.all([redis.info('memory'), fetch(`${executor.health}/metrics`)]);
        samples.push({
          records: done,
          executorBytes: residentBytes(executor.pid),
          driverBytes: residentBytes(engine.driver.pid),
          scratchBytes: Number(/^\S*scratch_bytes(?:\{[^}]*\})? (\S+)$/m.exec(await metrics.text())?.[1]),
          redisBytes: Number(/^used_memory:(\d+)/m.exec(info)?.[1]),
        });
      };
      const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_EVERY_MS);
      const source = { brokers: kafkaServer.brokers, topic };
      const job = windowedJob('bench-memory', source, { trigger: 'availableNow' });
      try {
        await runJob(engine.control, { job, timeLimitMs: TIME_LIMIT_MS, clock }, (batch) => {
          done += batch.records;
        });
      } finally {
        clearInterval(timer);
      }
      return summary(samples, records);
    });
  } finally {
    redis.disconnect();
  }
}

function summary(samples: readonly MemorySample[], records: number): MemoryResult {
  const highest = (of: readonly MemorySample[], field: keyof MemorySample) =>
    Math.max(...of.map((sample) => sample[field]));
  const firstHalf = samples.filter((sample) => sample.records < records / 2);
  const secondHalf = samples.filter((sample) => sample.records >= records / 2);
  return {
    records,
    laneMemoryBytes: LANE_MEMORY_BYTES,
    lanes: LANES,
    executorFirstHalfMaxBytes: highest(firstHalf, 'executorBytes'),
    executorSecondHalfMaxBytes: highest(secondHalf, 'executorBytes'),
    driverMaxBytes: highest(samples, 'driverBytes'),
    redisMaxBytes: highest(samples, 'redisBytes'),
    curve: thinned(samples),
  };
}

function thinned(samples: readonly MemorySample[]): MemorySample[] {
  const step = Math.max(1, Math.ceil(samples.length / CURVE_POINTS));
  return samples.filter((_, index) => index % step === 0 || index === samples.length - 1);
}
