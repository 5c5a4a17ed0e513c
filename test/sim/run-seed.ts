import { createCluster } from './cluster/cluster.ts';
import { type CompiledShape, compileShape, type JobShape, SINK_CHOICES } from './cluster/job-shape.ts';
import { scheduleFaults } from './faults/fault-script.ts';
import { advance, emptyHistory } from './oracles/history.ts';
import { ORACLES } from './oracles/index.ts';
import type { Evidence, Oracle } from './oracles/oracle.ts';
import { isThrough, PROGRESS_MAX_MS } from './oracles/progress.ts';
import { type Dice, diceOver, seededRandom, subSeed } from './world/random.ts';
import type { StoreStep } from './world/store.ts';
import { createWorld, type World } from './world/world.ts';

export type SeedResult = {
  seed: number;
  /** What was broken first; null: nothing. */
  failure: { oracle: string; message: string } | null;
  events: number;
  batches: number;
  virtualMs: number;
  /** Equal for equal runs. */
  traceHash: string;
};

export type Listener = { tell(atMs: number, text: string): void; event?(line: string): void };

const SILENT: Listener = { tell: () => {} };

/** Runs one seed to its end. Everything that happens in it follows from the number. */
export async function runSeed(seed: number, listener: Listener = SILENT): Promise<SeedResult> {
  const dice = diceOver(seededRandom(subSeed(seed, 0)));
  const job = shapeOf(dice);
  let failure: SeedResult['failure'] = null;
  const judge = (oracle: string, thrown: unknown) => {
    failure ??= { oracle, message: thrown instanceof Error ? thrown.message : String(thrown) };
  };
  const world: World = createWorld(seed, {
    onStep: (step) => judgeStep(evidence, step, judge),
    onRefused: (method, error) => attempt(ORACLES, judge, (oracle) => oracle.onRefused?.(method, error)),
    onLog: (process, line) => {
      listener.tell(world.scheduler.nowMs(), `${process.name} ${line.level}: ${line.message}`);
      attempt(ORACLES, judge, (oracle) => oracle.onLog?.(line));
    },
    tell: (text) => listener.tell(world.scheduler.nowMs(), text),
    ...(listener.event ? { onEvent: listener.event } : {}),
  });
  const evidence: Evidence = { world, job, history: emptyHistory() };
  const { scheduler } = world;
  const size = { drivers: dice.between(1, 2), executors: dice.between(1, 3), partitions: dice.between(1, 3) };
  world.tell(`${JSON.stringify(job.shape)} on ${JSON.stringify(size)}`);
  const cluster = await createCluster(world, job, size);
  cluster.produce(dice.between(0, 10));
  const { healedMs } = scheduleFaults(cluster, dice);
  const done = () => failure !== null || (scheduler.nowMs() > healedMs && isThrough(evidence));
  await withRejections(judge, () => scheduler.run(healedMs + PROGRESS_MAX_MS, done));
  for (const oracle of ORACLES) {
    if (failure === null) await Promise.try(() => oracle.atEnd?.(evidence)).catch((error) => judge(oracle.name, error));
  }
  return {
    ...{ seed, failure, events: scheduler.events(), batches: evidence.history.commits.length },
    ...{ virtualMs: Math.round(scheduler.nowMs()), traceHash: scheduler.traceHash() },
  };
}

type Judge = (oracle: string, thrown: unknown) => void;

function judgeStep(evidence: Evidence, step: StoreStep, judge: Judge): void {
  attempt(ORACLES, judge, (oracle) => oracle.beforeStep?.(evidence, step));
  try {
    advance(evidence.history, step, evidence.job.shape, evidence.world.kafka);
  } catch (error) {
    // What no oracle names and no model can follow.
    judge('the model', error);
  }
  attempt(ORACLES, judge, (oracle) => oracle.afterStep?.(evidence, step));
}

function attempt(oracles: readonly Oracle[], judge: Judge, ask: (oracle: Oracle) => void | Promise<void>): void {
  for (const oracle of oracles) {
    try {
      ask(oracle)?.catch((error: unknown) => judge(oracle.name, error));
    } catch (error) {
      judge(oracle.name, error);
    }
  }
}

/** A promise that nobody waits for and that fails ends a real process: here it ends the seed. */
async function withRejections(judge: Judge, run: () => Promise<void>): Promise<void> {
  const onRejection = (error: unknown) => judge('no unhandled rejection', error);
  process.on('unhandledRejection', onRejection);
  try {
    await run();
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}

const compiled = new Map<string, CompiledShape>();

function shapeOf(dice: Dice): CompiledShape {
  const shape: JobShape = {
    query: dice.oneOf(['totals', 'totals', 'relayed', 'windows', 'filter']),
    sinks: dice.oneOf(SINK_CHOICES),
    trigger: dice.oneOf(['asap', 'asap', '400ms']),
    stride: dice.oneOf([1, 8_000]),
  };
  const name = JSON.stringify(shape);
  const known = compiled.get(name) ?? compileShape(shape);
  compiled.set(name, known);
  return known;
}
