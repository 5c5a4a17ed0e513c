import { resolve } from 'node:path';
import type { WatchEvent } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { call, stream } from '@millrace/shared/rpc';
import type { Comparison } from './check/compare-files.ts';
import { compareWithTruth } from './check/compare-with-truth.ts';
import type { DemoCluster } from './cluster/demo-cluster.ts';
import { runCommand } from './cluster/roles.ts';
import type { DemoOptions } from './demo-options.ts';
import { type PaymentSource, startPaymentSource } from './payments/payment-source.ts';
import type { DemoScreen } from './view/demo-screen.ts';

export type Stage = {
  cluster: DemoCluster;
  screen: DemoScreen;
  clock: Clock;
  options: DemoOptions;
  folder: string;
  signal: AbortSignal;
};

/** What was seen on the way, beside the result. */
export type Outcome = { verdict: Comparison; retries: number; lateRows: number };

const JOB = 'spend-by-user';
const TOPICS = { payments: 'transactions', sink: 'spend-by-user' };
const PARTITIONS = 4;
const SPEC = resolve(import.meta.dirname, '../spend-by-user.yaml');
const SEED = 20_260_101;
/** As many payments come at once just before the executor dies, so that there is work to lose. Seconds of the steady rate. */
const BURST_SECONDS = 10;
const REFRESH_MS = 1_000;
/** Catching up takes a second or two; a job that needs this long is stuck. */
const CATCH_UP_TIMEOUT_MS = 60_000;
const TOP_SPENDERS = `SELECT strftime(window_start, '%H:%M:%S') AS w, "user", count_rows, sum_amount FROM {table}
  WHERE window_start = (SELECT max(window_start) FROM {table}) ORDER BY sum_amount DESC LIMIT 5`;

/** The show: payments, the job, an executor's death, its replacement, and at the end the check. */
export async function runShow(stage: Stage): Promise<Outcome> {
  const { cluster, screen, clock, options, signal } = stage;
  const topics = Object.values(TOPICS).map((topic) => ({ topic, partitions: PARTITIONS, replicationFactor: 1 }));
  await cluster.kafka.createTopics(topics);
  const source = startPayments(stage);
  try {
    screen.say(`submitting ${SPEC.split('/').slice(-2).join('/')}`);
    await millrace(stage, ['submit', SPEC]);
    const seen = watchJob(stage);
    await clock.delay(options.paySeconds * 400, signal);
    await loseExecutor(stage, source, seen);
    await clock.delay(options.paySeconds * 400, signal);
    screen.say('no more payments; the job catches up');
    await source.end();
    await untilCaughtUp(stage, seen);
    await millrace(stage, ['stop', JOB]);
    screen.end();
    screen.say('comparing the result with the truth, computed from the whole topic by one ordinary query …');
    return { verdict: await compareWithTruth(cluster.kafka, TOPICS), retries: seen.retries, lateRows: seen.lateRows };
  } finally {
    await source.kill();
  }
}

function startPayments({ cluster, screen, options, folder }: Stage): PaymentSource {
  const plan = {
    ...{ brokers: cluster.brokers, topic: TOPICS.payments, partitions: PARTITIONS },
    ...{ seed: SEED, recordsPerSecond: options.recordsPerSecond },
  };
  screen.say(
    `${options.recordsPerSecond.toLocaleString('en')} card payments a second go to the topic ${TOPICS.payments}`,
  );
  return startPaymentSource(plan, { logPath: `${folder}/producer.log`, onSent: (paid) => screen.update({ paid }) });
}

const millrace = ({ cluster }: Stage, args: string[]) =>
  runCommand([...args, '--driver', cluster.driverAddress], { KAFKA_BROKERS: cluster.brokers.join(',') });

type Seen = { retries: number; lateRows: number; offsets: Map<number, number>; failure: string | null };

/** Follows the job's events, and asks for executors and results now and then, until the signal ends it. */
function watchJob({ cluster, screen, clock, signal }: Stage): Seen {
  const seen: Seen = { retries: 0, lateRows: 0, offsets: new Map(), failure: null };
  const take = ({ job, progress, task }: WatchEvent) => {
    if (task?.kind === 'taskRetried') seen.retries++;
    if (job?.status === 'failed') seen.failure = job.failure?.message ?? 'the job failed';
    seen.lateRows += progress?.counts?.lateRows ?? 0;
    for (const { partition, offset } of progress?.partitions ?? []) seen.offsets.set(partition, offset);
  };
  const follow = async () => {
    for await (const event of stream(cluster.control, 'Watch', { jobId: JOB }, { signal })) {
      take(event);
      screen.watch(event);
    }
  };
  const refresh = async () => {
    for (;;) {
      const { executors } = await call(cluster.control, 'ListExecutors', {}, { signal });
      screen.update({ executors });
      screen.update({ spenders: await topSpenders(cluster, signal) });
      await clock.delay(REFRESH_MS, signal);
    }
  };
  const untilTheEnd = (error: unknown) => {
    if (!signal.aborted) seen.failure ??= error instanceof Error ? error.message : String(error);
  };
  follow().catch(untilTheEnd);
  refresh().catch(untilTheEnd);
  return seen;
}

async function topSpenders({ control }: DemoCluster, signal: AbortSignal): Promise<string[][]> {
  try {
    const tables = await call(control, 'QueryJobState', { jobId: JOB, sql: '', maxRows: 1 }, { signal });
    const [[table]] = JSON.parse(tables.rowsJson) as [[string]];
    const sql = TOP_SPENDERS.replaceAll('{table}', table);
    const { rowsJson } = await call(control, 'QueryJobState', { jobId: JOB, sql, maxRows: 5 }, { signal });
    return (JSON.parse(rowsJson) as unknown[][]).map((row) => row.map(String));
  } catch {
    return []; // while executors change there may be nobody to ask
  }
}

/** A burst of payments, SIGKILL for an executor that has tasks of it, and a new one in its place. */
async function loseExecutor(
  { cluster, screen, clock, options, signal }: Stage,
  source: PaymentSource,
  seen: Seen,
): Promise<void> {
  const burst = options.recordsPerSecond * BURST_SECONDS;
  screen.say(`${burst.toLocaleString('en')} payments at once, and in the middle of them executor-2 dies: SIGKILL`);
  source.burst(burst);
  const before = seen.retries;
  await cluster.killExecutor('executor-2');
  const endMs = clock.monotonic() + CATCH_UP_TIMEOUT_MS;
  while (seen.retries === before && seen.failure === null && clock.monotonic() < endMs) await clock.delay(50, signal);
  await clock.delay(1_000, signal);
  screen.say('executor-4 takes its place');
  await cluster.addExecutor('executor-4');
}

async function untilCaughtUp({ cluster, clock, signal }: Stage, seen: Seen): Promise<void> {
  const ends = await cluster.kafka.listOffsets([TOPICS.payments], 'latest');
  const endMs = clock.monotonic() + CATCH_UP_TIMEOUT_MS;
  while (ends.some(({ partition, offset }) => (seen.offsets.get(partition) ?? 0) < offset)) {
    if (seen.failure !== null) throw new Error(`${seen.failure}\n${cluster.obituaries()}`);
    if (clock.monotonic() > endMs) throw new Error(`the job did not catch up\n${cluster.obituaries()}`);
    await clock.delay(50, signal);
  }
}
