import { Redis } from 'ioredis';
import { runCommand } from '../cli/support/run-command.ts';
import { createTopic } from '../e2e/support/topics.ts';
import { diceOver, seededRandom, subSeed } from '../sim/world/random.ts';
import { followJob, type JobFollower } from './checks/job-follower.ts';
import { createStateCheck, type StateCheck } from './checks/state-check.ts';
import { createFaultStorm, type FaultStorm } from './faults/fault-storm.ts';
import { balancesJob, creditsJob, type Places, placesIn, turnoverJob } from './jobs.ts';
import type { SoakCluster } from './soak-cluster.ts';
import { emptyLedger, type Ledger } from './workload/ledger.ts';
import { createTransferSource, type TransferSource } from './workload/transfer-source.ts';
import { PARTITIONS } from './workload/transfers.ts';

/** Everything that takes part in a run. */
export type Soak = {
  cluster: SoakCluster;
  /** To look into the store. */
  redis: Redis;
  places: Places;
  ledger: Ledger;
  transfers: TransferSource;
  jobs: { balances: JobFollower; turnover: JobFollower; credits: JobFollower };
  state: StateCheck;
  storm: FaultStorm;
  stopJobs(): Promise<void>;
};

/** Each draws from dice of its own, so that one drawing more does not change what the others draw. */
const DICE = { transfers: 0, faults: 1 } as const;

/** Submits the jobs; nothing is written yet and nothing breaks. `tell` hears of faults. */
export async function prepareSoak(
  cluster: SoakCluster,
  seed: number,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Soak> {
  const { kafka, clock, namespace, drivers } = cluster;
  const topic = () => createTopic(kafka, PARTITIONS);
  const places = placesIn(cluster.folder, {
    ledger: await topic(),
    balances: await topic(),
    credits: await topic(),
    deadLetters: await topic(),
  });
  const specs = [balancesJob(places), turnoverJob(places), creditsJob(places)];
  for (const spec of specs) await cluster.submit(spec);
  const redis = openRedis(cluster);
  const ledger = emptyLedger(PARTITIONS);
  const follow = (job: string) => followJob(redis, namespace, job, ledger);
  const jobs = { balances: follow('balances'), turnover: follow('turnover'), credits: follow('credits') };
  const dice = (of: keyof typeof DICE) => diceOver(seededRandom(subSeed(seed, DICE[of])));
  return {
    ...{ cluster, redis, places, ledger, jobs },
    transfers: createTransferSource(kafka, clock, dice('transfers'), places.ledger),
    state: createStateCheck(cluster, jobs.balances, ledger),
    storm: createFaultStorm(cluster, dice('faults'), signal, tell),
    stopJobs: async () => {
      for (const { name } of specs) {
        const { code, stderr } = await runCommand(['stop', name, '--driver', drivers[0]!.address]);
        if (code !== 0) throw new Error(`${name} could not be stopped: ${stderr}`);
      }
    },
  };
}

/** A question fails soon while Redis is away: it is repeated by whoever asked. */
function openRedis({ redis: { url } }: SoakCluster): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 0, enableOfflineQueue: false, retryStrategy: () => 200 });
  redis.on('error', () => {});
  return redis;
}
