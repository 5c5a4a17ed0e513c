import { type BenchContext, withEngine } from '../bench-context.ts';
import { PARTITIONS } from '../fill-topic.ts';
import { jobSpec, kafkaSource } from '../job-specs.ts';
import { mix } from '../payments.ts';
import { runJob } from '../run-job.ts';
import { produceRecords } from '../state/fill-state.ts';
import { steadyRate } from '../steady-rate.ts';

/** Records per second with keys that are alike, and with one that nine of ten records have. */
export type HotKeysResult = { [Query in keyof typeof QUERIES]: { uniform: number; hot: number; ratio: number } };

const QUERIES = {
  sums: 'SELECT id, count(*) AS events, sum(amount) AS total FROM events GROUP BY id',
  distinct: 'SELECT id, count(DISTINCT visitor) AS visitors FROM events GROUP BY id',
} as const;

const RECORDS = { full: 8_000_000, quick: 400_000 };
const KEYS = 10_000;
const VISITORS = 100_000;
const HOT_OF_TEN = 9;
const TIME_LIMIT_MS = 300_000;

const draw = (index: number, spread: number, of: number): number => mix(index, spread) % of;

/** What one key that most records have costs: its records must not all be one lane's work. */
export async function measureHotKeys(context: BenchContext): Promise<HotKeysResult> {
  const { kafka, options } = context;
  const records = RECORDS[options.quick ? 'quick' : 'full'];
  const topics = { uniform: `keys-uniform-${process.pid}`, hot: `keys-hot-${process.pid}` };
  await kafka.createTopics(Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS })));
  for (const [kind, topic] of Object.entries(topics)) {
    const recordOf = (index: number) => {
      const isHot = kind === 'hot' && draw(index, 2_246_822_519, 10) < HOT_OF_TEN;
      const id = isHot ? 0 : draw(index, 2_654_435_761, KEYS);
      return `{"id":${id},"visitor":${draw(index, 3_266_489_917, VISITORS)},"amount":${index % 1_000}.5}`;
    };
    await produceRecords(kafka, topic, recordOf, { from: 0, until: records });
  }
  const result: Partial<HotKeysResult> = {};
  for (const [name, query] of Object.entries(QUERIES)) {
    const uniform = await rateOf(context, topics.uniform, query);
    const hot = await rateOf(context, topics.hot, query);
    Object.assign(result, { [name]: { uniform, hot, ratio: hot / uniform } });
  }
  return result as HotKeysResult;
}

async function rateOf(context: BenchContext, topic: string, query: string): Promise<number> {
  const { kafkaServer, clock } = context;
  const columns = { id: 'BIGINT', visitor: 'BIGINT', amount: 'DOUBLE' };
  const events = kafkaSource({ brokers: kafkaServer.brokers, topic }, columns);
  const job = jobSpec('bench-hot-keys', {
    ...{ sources: { events }, query, sink: 'noop', outputMode: 'update', trigger: 'availableNow' },
  });
  return withEngine(context, { executorFlags: ['--lanes', '2'] }, async ({ control }) => {
    const batches = await runJob(control, { job, timeLimitMs: TIME_LIMIT_MS, clock });
    return steadyRate(batches)?.recordsPerSecond ?? Number.NaN;
  });
}
