import { MillraceError } from '@millrace/shared/errors';
import { openBarePipe } from '../bare-pipe/bare-pipe.ts';
import { PAYMENT_QUERIES } from '../bare-pipe/pipe-queries.ts';
import { type BenchContext, type Density, paymentTopic, withEngine } from '../bench-context.ts';
import { type CostReport, startCosts } from '../costs.ts';
import { statelessJob, windowedJob } from '../job-specs.ts';
import { runJob } from '../run-job.ts';
import { meanPhases, steadyRate } from '../steady-rate.ts';

export type ThroughputResult = {
  recordsPerSecond: number;
  pipeRecordsPerSecond: number;
  ratio: number;
  commits: number;
  records: number;
  longestBatchMs: number;
  phasesMs: Record<string, number>;
  costs: CostReport;
};

const TIME_LIMIT_MS = 300_000;
/** Of the pipe, which is as fast at its beginning as at its end. */
const PIPE_RECORDS_MAX = 12_000_000;

/** The engine and the bare pipe over the same topic, one after the other. */
export async function measureThroughput(
  context: BenchContext,
  query: 'windowed' | 'stateless',
  density: Density,
): Promise<ThroughputResult> {
  const { clock, kafka, kafkaServer, say } = context;
  const { topic, records } = await paymentTopic(context, density);
  const pipe = await openBarePipe(kafka, clock);
  const bare = await pipe
    .run(PAYMENT_QUERIES[query], topic, Math.min(records, PIPE_RECORDS_MAX))
    .finally(() => pipe.close());
  say(`bare pipe: ${Math.round(bare.recordsPerSecond).toLocaleString('en')} records/s`);
  const source = { brokers: kafkaServer.brokers, topic };
  const job =
    query === 'windowed'
      ? windowedJob('bench-windowed', source, { trigger: 'availableNow' })
      : statelessJob('bench-stateless', source);
  return withEngine(context, { executorFlags: ['--lanes', '2'] }, async (engine) => {
    const costs = startCosts(context, engine);
    const batches = await runJob(engine.control, { job, timeLimitMs: TIME_LIMIT_MS, clock });
    const rate = steadyRate(batches);
    if (!rate) throw new MillraceError('INVALID_ARGUMENT', 'too few batches to measure: give more --records');
    return {
      ...rate,
      pipeRecordsPerSecond: bare.recordsPerSecond,
      ratio: rate.recordsPerSecond / bare.recordsPerSecond,
      phasesMs: Object.fromEntries(meanPhases(batches)),
      costs: await costs.report(batches.reduce((sum, batch) => sum + batch.records, 0)),
    };
  });
}
