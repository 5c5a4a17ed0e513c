import { MillraceError } from '@millrace/shared/errors';
import { call } from '@millrace/shared/rpc';
import { type BenchContext, paymentTopic, withEngine } from '../bench-context.ts';
import type { Engine } from '../engine.ts';
import { type BenchJob, windowedJob } from '../job-specs.ts';
import { remove, submit, watchBatches } from '../run-job.ts';
import { percentile } from '../steady-rate.ts';

export type RecoveryResult = {
  executorMs: number;
  driverMs: number;
  executorTrialsMs: number[];
  driverTrialsMs: number[];
};

const TRIALS = 3;
/** By then the job runs at its pace and has state. */
const COMMITS_BEFORE_KILL = 6;
/** Half of a batch at the default target duration. */
const INTO_BATCH_MS = 300;
const TIME_LIMIT_MS = 60_000;
const POLL_MS = 20;

/** SIGKILL in the middle of a batch, everything at its default settings, until the next commit is seen. */
export async function measureRecovery(context: BenchContext): Promise<RecoveryResult> {
  const { kafkaServer, say } = context;
  const { topic } = await paymentTopic(context, 'dense');
  const source = { brokers: kafkaServer.brokers, topic };
  const executorTrialsMs: number[] = [];
  const driverTrialsMs: number[] = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    const jobNamed = (name: string) => windowedJob(`bench-${name}-${trial}`, source, { trigger: 'asap' });
    await withEngine(context, { executors: 2 }, async (engine) => {
      executorTrialsMs.push(
        await timeToCommit(context, engine, jobNamed('executor'), () => engine.executors[1]!.kill()),
      );
    });
    await withEngine(context, { executors: 2 }, async (engine) => {
      const restart = async () => {
        await engine.driver.kill();
        await engine.startDriver();
      };
      driverTrialsMs.push(await timeToCommit(context, engine, jobNamed('driver'), restart));
    });
    say(`executor ${Math.round(executorTrialsMs.at(-1)!)} ms, driver ${Math.round(driverTrialsMs.at(-1)!)} ms`);
  }
  return {
    executorMs: percentile(executorTrialsMs, 0.5),
    driverMs: percentile(driverTrialsMs, 0.5),
    executorTrialsMs,
    driverTrialsMs,
  };
}

/** From before `kill` to when a commit beyond those of before is known to the driver. */
async function timeToCommit(
  { clock }: BenchContext,
  engine: Engine,
  job: BenchJob,
  kill: () => Promise<void>,
): Promise<number> {
  const deadline = AbortSignal.timeout(TIME_LIMIT_MS);
  await submit(engine.control, job);
  let seen = -1;
  for await (const { batchId } of watchBatches(engine.control, job, { clock, signal: deadline })) {
    seen = batchId;
    if (seen >= COMMITS_BEFORE_KILL) break;
  }
  await clock.delay(INTO_BATCH_MS, deadline);
  const before = Math.max(seen, (await lastBatch(engine, job)) ?? seen);
  const killedMs = clock.monotonic();
  // The commit may come before a restarted driver is known to answer: both go on side by side.
  const killing = kill();
  killing.catch(() => undefined);
  for (;;) {
    if (deadline.aborted) throw new MillraceError('TIMED_OUT', `no commit within ${TIME_LIMIT_MS} ms of the kill`);
    const last = await lastBatch(engine, job);
    if (last !== null && last > before) break;
    await clock.delay(POLL_MS);
  }
  const tookMs = clock.monotonic() - killedMs;
  await killing;
  await remove(engine.control, job);
  return tookMs;
}

/** Null while no driver answers. */
async function lastBatch({ control }: Engine, { name }: BenchJob): Promise<number | null> {
  try {
    const { summary } = await call(control, 'DescribeJob', { jobId: name }, { timeoutMs: 1_000 });
    return summary?.lastBatch ?? null;
  } catch {
    return null;
  }
}
