import { type BenchContext, withEngine } from '../bench-context.ts';
import { taskPhases, taskPhasesSince } from '../costs.ts';
import { PARTITIONS } from '../fill-topic.ts';
import { remove, submit, takeRecords, watchBatches } from '../run-job.ts';
import { produceRecords } from '../state/fill-state.ts';
import { STATE_KINDS, type StateKind, stateCase } from '../state/state-jobs.ts';
import { percentile } from '../steady-rate.ts';

/** What a batch costs on top of so many rows of state. */
export type StateCost = { rows: number; roundMs: number; batchMs: number; taskPhasesMs: Record<string, number> };

export type StateSizeResult = {
  [Kind in StateKind]: { small: StateCost; large: StateCost; ratio: number };
};

const ROWS = { full: { small: 100_000, large: 10_000_000 }, quick: { small: 20_000, large: 200_000 } };
const CHANGED_RECORDS = 10_000;
const ROUNDS = { full: 25, quick: 5 };
/** Much state gets its index after some 30 such batches: what is measured is how it goes on. */
const WARM_UP_ROUNDS = 40;
const TIME_LIMIT_MS = 600_000;

/** The same change over little and over much state: what grows is what looks at rows that have not changed. */
export async function measureStateSize(context: BenchContext): Promise<StateSizeResult> {
  const mode = context.options.quick ? 'quick' : 'full';
  const result: Partial<StateSizeResult> = {};
  for (const kind of STATE_KINDS) {
    const small = await measureOne(context, kind, ROWS[mode].small, ROUNDS[mode]);
    const large = await measureOne(context, kind, ROWS[mode].large, ROUNDS[mode]);
    result[kind] = { small, large, ratio: large.roundMs / small.roundMs };
  }
  return result as StateSizeResult;
}

async function measureOne(context: BenchContext, kind: StateKind, rows: number, rounds: number): Promise<StateCost> {
  const { kafka, kafkaServer, clock, say } = context;
  const prefix = `state-${kind}-${rows}-${process.pid}`;
  const { job, fill, change } = stateCase(kind, { brokers: kafkaServer.brokers, prefix, rows });
  await kafka.createTopics(fill.map(({ topic }) => ({ topic, partitions: PARTITIONS })));
  say(`${kind}: ${rows.toLocaleString('en')} rows of state`);
  for (const { topic, records, recordOf } of fill) {
    await produceRecords(kafka, topic, recordOf, { from: 0, until: records });
  }
  return withEngine(context, { executorFlags: ['--lanes', '2'] }, async (engine) => {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    await submit(engine.control, job);
    const batches = watchBatches(engine.control, job, { clock, signal });
    const filled = fill.reduce((sum, { records }) => sum + records, 0);
    await takeRecords(batches, filled);
    const { health } = engine.executors[0]!;
    let before = new Map<string, number>();
    const roundsMs: number[] = [];
    const batchesMs: number[] = [];
    let lastMs = clock.monotonic();
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      if (round === WARM_UP_ROUNDS) before = new Map(await taskPhases(health));
      const from = filled + round * CHANGED_RECORDS;
      await produceRecords(kafka, change.topic, change.recordOf, { from, until: from + CHANGED_RECORDS });
      const taken = await takeRecords(batches, CHANGED_RECORDS);
      const nowMs = taken.at(-1)!.atMs;
      if (round >= WARM_UP_ROUNDS) {
        roundsMs.push(nowMs - lastMs);
        batchesMs.push(taken.reduce((sum, { durationMs }) => sum + durationMs, 0));
      }
      lastMs = nowMs;
    }
    const taskPhasesMs = await taskPhasesSince(health, before, rounds);
    await remove(engine.control, job);
    return {
      rows,
      roundMs: percentile(roundsMs, 0.5),
      batchMs: percentile(batchesMs, 0.5),
      taskPhasesMs,
    };
  });
}
