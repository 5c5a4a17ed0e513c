import { nexmarkJobText } from '../../../examples/nexmark/job-spec.ts';
import type { NexmarkQuery } from '../../../examples/nexmark/queries.ts';
import { openBarePipe } from '../../bench/bare-pipe/bare-pipe.ts';
import type { Engine } from '../../bench/engine.ts';
import { runJob } from '../../bench/run-job.ts';
import { meanPhases, type SteadyRate, steadyRate } from '../../bench/steady-rate.ts';
import type { EventTopic } from '../fill/event-topic.ts';
import type { NexmarkContext } from '../nexmark-context.ts';
import { nexmarkPipe } from './nexmark-pipe.ts';

export type ThroughputResult = {
  /** After the warm-up; null when there were too few batches for that. */
  steady: SteadyRate | null;
  /** What the same machine does at most with the same query, forgetting everything between tasks. */
  pipeEventsPerSecond: number;
  /** Of the steady rate to the pipe's. */
  ratio: number | null;
  phasesMs: Record<string, number>;
};

const TIME_LIMIT_MS = 300_000;
/** Of the pipe, which is as fast at its beginning as at its end. */
const PIPE_EVENTS_MAX = 2_000_000;

/** The bare pipe and the engine over the same topic, one after the other; what comes out goes nowhere. */
export async function measureQuery(
  context: NexmarkContext,
  engine: Engine,
  query: NexmarkQuery,
  { topic, events }: EventTopic,
): Promise<ThroughputResult> {
  const { kafkaServer, clock, options, sideInputPath } = context;
  const pipeEventsPerSecond = await measurePipe(context, query, { topic, events });
  const name = `measure-${query.name}`;
  const text = nexmarkJobText({
    name,
    query,
    brokers: kafkaServer.brokers,
    topic,
    disorderMaxMs: options.disorderMaxMs,
    sideInputPath,
    output: 'noop',
  });
  const batches = await runJob(engine.control, { job: { name, text }, timeLimitMs: TIME_LIMIT_MS, clock });
  const steady = steadyRate(batches);
  return {
    steady,
    pipeEventsPerSecond,
    ratio: steady && steady.recordsPerSecond / pipeEventsPerSecond,
    phasesMs: Object.fromEntries(meanPhases(batches)),
  };
}

async function measurePipe(
  { kafka, clock, sideInputPath }: NexmarkContext,
  query: NexmarkQuery,
  { topic, events }: EventTopic,
): Promise<number> {
  const pipe = await openBarePipe(kafka, clock);
  try {
    const run = await pipe.run(nexmarkPipe(query, sideInputPath), topic, Math.min(events, PIPE_EVENTS_MAX));
    return run.recordsPerSecond;
  } finally {
    await pipe.close();
  }
}
