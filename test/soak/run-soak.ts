import { assertNoBugs } from './checks/bug-check.ts';
import type { JobFollower } from './checks/job-follower.ts';
import { assertLedger } from './checks/ledger-check.ts';
import { assertFewLeft, findLeftovers, type Leftovers } from './checks/leftovers.ts';
import {
  assertBalancesTopic,
  assertCreditsTopic,
  assertDeadLetters,
  assertTurnoverFiles,
} from './checks/sink-checks.ts';
import { repeat, unlessKafkaIsAway, until } from './repeat.ts';
import type { Soak } from './soak.ts';
import type { Positions } from './workload/ledger.ts';
import { readOn } from './workload/ledger-reader.ts';

/** A stretch of faults, before a calm one. */
const STORM_MS = 25_000;
/**
 * From the end of the last fault until all jobs have done what is there: seconds where every process has a core, and ten
 * of them share two here.
 */
const CALM_MAX_MS = 60_000;
/** Between two looks: the logs keep a hundred batches, and a job makes some tens of them in a second. */
const LOOK_MS = 200;
const STATE_LOOK_MS = 1_000;

export type SoakEnd = { leftovers: Leftovers; slowestCalmMs: number };

/** Writes, breaks and checks for so long, lets everything end, and compares all output. Rejects with the first broken promise. */
export async function runSoak(soak: Soak, forMs: number, signal: AbortSignal): Promise<SoakEnd> {
  const { clock, kafka } = soak.cluster;
  const inBackground = [
    soak.transfers.run(signal),
    repeat(clock, LOOK_MS, signal, () => unlessKafkaIsAway(() => readOn(kafka, soak.places.ledger, soak.ledger))),
    repeat(clock, LOOK_MS, signal, () => lookAtJobs(soak)),
    repeat(clock, STATE_LOOK_MS, signal, () => soak.state.look()),
  ];
  const broken = new Promise<never>((_, reject) => {
    for (const work of inBackground) work.catch(reject);
  });
  return await Promise.race([stormsAndCalms(soak, forMs), broken]);
}

async function lookAtJobs({ jobs }: Soak): Promise<void> {
  for (const job of Object.values(jobs)) await job.look();
}

async function stormsAndCalms(soak: Soak, forMs: number): Promise<SoakEnd> {
  const { clock } = soak.cluster;
  const endMs = clock.monotonic() + forMs;
  let slowestCalmMs = 0;
  while (clock.monotonic() < endMs) {
    await soak.storm.rage(Math.min(endMs, clock.monotonic() + STORM_MS));
    await soak.storm.over();
    slowestCalmMs = Math.max(slowestCalmMs, await calm(soak));
  }
  return { slowestCalmMs, leftovers: await finish(soak) };
}

/** Demands that everything that is in the ledger now is committed and published by all jobs. Gives how long that took, ms. */
async function calm(soak: Soak): Promise<number> {
  const { clock, kafka } = soak.cluster;
  const sinceMs = clock.monotonic();
  const ends = byPartition(await kafka.listOffsets([soak.places.ledger], 'latest'));
  const jobs = Object.values(soak.jobs);
  await until(
    clock,
    'all jobs are at the end of the ledger',
    CALM_MAX_MS,
    () => jobs.every((job) => isAt(job, ends)),
    () => jobs.map((job) => `${job.job} is at ${job.positions()} of ${ends}`).join('; '),
  );
  const tookMs = clock.monotonic() - sinceMs;
  const before = soak.state.checked();
  const isTold = () => soak.state.checked() > before;
  await until(clock, 'the state of the balances is told', CALM_MAX_MS, isTold, soak.state.stand);
  return tookMs;
}

/** The input ends, the jobs do the rest of it and are stopped: now all that was shown has to be the ledger's. */
async function finish(soak: Soak): Promise<Leftovers> {
  const { cluster, jobs, ledger, places, redis, transfers } = soak;
  const { clock, kafka } = cluster;
  await transfers.finish();
  await calm(soak);
  await soak.stopJobs();
  const stopped = () => Object.values(jobs).every((job) => job.isStopped() && job.isPublished());
  await until(clock, 'all jobs are stopped', CALM_MAX_MS, stopped, () => '');
  assertLedger(ledger, transfers.outcomes);
  await assertBalancesTopic(kafka, places, ledger);
  await assertCreditsTopic(kafka, places, ledger);
  await assertTurnoverFiles(places, jobs.turnover, ledger);
  await assertDeadLetters(kafka, places, ledger);
  const topics = [places.balances, places.credits, places.deadLetters];
  const leftovers = await findLeftovers(cluster, redis, { jobs: Object.keys(jobs), topics });
  assertFewLeft(leftovers);
  assertNoBugs(cluster);
  return leftovers;
}

const byPartition = (offsets: readonly { partition: number; offset: number }[]): Positions =>
  offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);

const isAt = (job: JobFollower, ends: Positions): boolean =>
  ends.every((end, partition) => (job.positions()[partition] ?? 0) >= end) && job.isPublished();
