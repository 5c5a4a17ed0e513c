import { resolve } from 'node:path';
import type { WatchEvent } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { call, stream } from '@millrace/shared/rpc';
import type { Comparison } from './check/compare-files.ts';
import { compareWithTruth } from './check/compare-with-truth.ts';
import type { DemoCluster } from './cluster/demo-cluster.ts';
import { deleteTopics, refuseTopicsThatExist } from './cluster/found-kafka.ts';
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
  /** With `keep`: payments flow until it fires. */
  enough: AbortSignal;
  /** Ends the show at once. */
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
/** Between two looks at what has been seen. */
const LOOK_MS = 50;
/** Long enough to see that the job goes on without the lost executor. */
const MOURNING_MS = 1_000;
/** Catching up takes a second or two; a job that needs this long is stuck. */
const CATCH_UP_TIMEOUT_MS = 60_000;
/** As many as the highest screen shows. */
const SPENDERS_MAX = 12;
const TOP_SPENDERS = `SELECT strftime(window_start, '%H:%M:%S') AS w, "user", count_rows, sum_amount FROM {table}
  WHERE window_start = (SELECT max(window_start) FROM {table}) ORDER BY sum_amount DESC LIMIT ${SPENDERS_MAX}`;

/** The show: payments, the job, an executor's death, its replacement, and at the end the check. */
export async function runShow(stage: Stage): Promise<Outcome> {
  const { cluster, signal } = stage;
  signal.throwIfAborted();
  const topics = Object.values(TOPICS);
  await refuseTopicsThatExist(cluster.kafka, topics);
  await cluster.kafka.createTopics(topics.map((topic) => ({ topic, partitions: PARTITIONS, replicationFactor: 1 })));
  const source = startPayments(stage);
  const trouble = new AbortController();
  try {
    return await playActs({ ...stage, signal: AbortSignal.any([stage.signal, trouble.signal]) }, source, trouble);
  } finally {
    await source.kill();
    if (!cluster.ownsKafka) await deleteTopics(cluster.brokers, topics);
  }
}

async function playActs(stage: Stage, source: PaymentSource, trouble: AbortController): Promise<Outcome> {
  const { cluster, screen, clock, options, enough, signal } = stage;
  screen.say(`submitting ${SPEC.split('/').slice(-2).join('/')}`);
  await millrace(stage, ['submit', SPEC]);
  const seen = watchJob(stage, source, trouble);
  await clock.delay(options.paySeconds * 400, signal);
  await loseExecutor(stage, source, seen);
  if (options.keep) {
    screen.say(`everything runs until Ctrl-C; try: npm run millrace -- jobs --driver ${cluster.driverAddress}`);
    await until(enough, signal);
  } else await clock.delay(options.paySeconds * 400, signal);
  screen.say('no more payments; the job catches up');
  seen.paying = false;
  await source.end();
  await untilCaughtUp(stage, seen);
  await millrace(stage, ['stop', JOB]);
  screen.end();
  screen.say('comparing the result with the truth, computed from the whole topic by one ordinary query …');
  const verdict = await compareWithTruth(cluster.kafka, TOPICS);
  await millrace(stage, ['delete', JOB, '--yes']);
  return { verdict, retries: seen.retries, lateRows: seen.lateRows };
}

/** Resolves when the first fires; rejects with the reason of the second. */
function until(awaited: AbortSignal, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (awaited.aborted) return resolve();
    awaited.addEventListener('abort', () => resolve(), { once: true });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
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

type Seen = {
  retries: number;
  lateRows: number;
  offsets: Map<number, number>;
  /** The producer is not supposed to end. */
  paying: boolean;
};

/** Follows the job's events, and asks for executors and results now and then, until the signal ends it or something fails. */
function watchJob({ cluster, screen, clock, signal }: Stage, source: PaymentSource, trouble: AbortController): Seen {
  const seen: Seen = { retries: 0, lateRows: 0, offsets: new Map(), paying: true };
  const take = ({ job, progress, task }: WatchEvent) => {
    if (task?.kind === 'taskRetried') seen.retries++;
    if (job?.status === 'failed') trouble.abort(new Error(job.failure?.message ?? 'the job failed'));
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
      if (cluster.obituaries() !== '') throw new Error('a process of the cluster died');
      if (seen.paying && source.ending() !== undefined) throw new Error(`the producer ended with ${source.ending()}`);
      const { executors } = await call(cluster.control, 'ListExecutors', {}, { signal });
      screen.update({ executors, spenders: await topSpenders(cluster, signal) });
      await clock.delay(REFRESH_MS, signal);
    }
  };
  follow().catch((error: unknown) => trouble.abort(error));
  refresh().catch((error: unknown) => trouble.abort(error));
  return seen;
}

async function topSpenders({ control }: DemoCluster, signal: AbortSignal): Promise<string[][]> {
  try {
    const tables = await call(control, 'QueryJobState', { jobId: JOB, sql: '', maxRows: 1 }, { signal });
    const [[table]] = JSON.parse(tables.rowsJson) as [[string]];
    const sql = TOP_SPENDERS.replaceAll('{table}', table);
    const { rowsJson } = await call(control, 'QueryJobState', { jobId: JOB, sql, maxRows: SPENDERS_MAX }, { signal });
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
  const { executors } = await call(cluster.control, 'ListExecutors', {}, { signal });
  // The job is so small that one executor does nearly all of it: that one, or the loss would hardly show.
  const { executorId: busiest } = executors.toSorted((a, b) => b.tasksDone - a.tasksDone)[0]!;
  screen.say(
    `${burst.toLocaleString('en')} payments at once, and in the middle of them ${busiest}, the busiest, is stopped, then killed with SIGKILL`,
  );
  source.burst(burst);
  const before = seen.retries;
  await cluster.killExecutor(busiest);
  const endMs = clock.monotonic() + CATCH_UP_TIMEOUT_MS;
  while (seen.retries === before && clock.monotonic() < endMs) await clock.delay(LOOK_MS, signal);
  await clock.delay(MOURNING_MS, signal);
  screen.say('executor-4 takes its place');
  await cluster.addExecutor('executor-4');
}

async function untilCaughtUp({ cluster, clock, signal }: Stage, seen: Seen): Promise<void> {
  const ends = await cluster.kafka.listOffsets([TOPICS.payments], 'latest');
  const endMs = clock.monotonic() + CATCH_UP_TIMEOUT_MS;
  while (ends.some(({ partition, offset }) => (seen.offsets.get(partition) ?? 0) < offset)) {
    if (clock.monotonic() > endMs) throw new Error('the job did not catch up');
    await clock.delay(LOOK_MS, signal);
  }
}
