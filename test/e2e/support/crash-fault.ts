import { systemClock } from '@millrace/shared/clock';
import type { RedisServer } from '../../servers/index.ts';
import type { TcpProxy } from '../../servers/tcp-proxy.ts';
import type { Cluster } from './cluster.ts';

/** The leading driver, the executor that works on the task (or publishes), or Redis. */
export const VICTIMS = ['driver', 'executor', 'redis'] as const;
/** By SIGKILL (Redis is started again at once); by SIGSTOP; from Redis (a driver), from all but Kafka (an executor), from all (Redis). */
export const FAULTS = ['killed', 'stopped', 'cut'] as const;
export type Victim = (typeof VICTIMS)[number];
export type FaultKind = (typeof FAULTS)[number];

/** `end`: the victim may go on, and has found its place again. A victim that was killed stays away. */
export type Fault = { begin(): Promise<void>; end(): Promise<void> };

export type FaultPlace = {
  cluster: Cluster;
  executor: string;
  redis: RedisServer;
  /** The ways of the standby, and of the first driver. */
  toRedis: TcpProxy;
  leaderToRedis: TcpProxy;
};

const LOOK_MS = 50;

export function openFault({ victim, fault }: { victim: Victim; fault: FaultKind }, place: FaultPlace): Fault {
  switch (victim) {
    case 'driver':
      return driverFault(fault, place);
    case 'executor':
      return executorFault(fault, place);
    case 'redis':
      return redisFault(fault, place);
    default:
      return victim satisfies never;
  }
}

function driverFault(fault: FaultKind, { cluster, leaderToRedis }: FaultPlace): Fault {
  const standsBy = async () => /another driver leads; standing by/.test(cluster.driverLogs()[0]);
  if (fault === 'killed') return { begin: cluster.killDriver, end: async () => {} };
  const [begin, end] =
    fault === 'stopped' ? [cluster.pauseDriver, cluster.resumeDriver] : [leaderToRedis.cut, leaderToRedis.heal];
  return {
    begin: async () => begin(),
    async end() {
      end();
      await until(standsBy);
    },
  };
}

function executorFault(fault: FaultKind, { cluster, executor }: FaultPlace): Fault {
  const isBack = async () =>
    (await cluster.executors()).some(({ executorId, status }) => executorId === executor && status === 'alive');
  if (fault === 'killed') return { begin: () => cluster.killExecutor(executor), end: async () => {} };
  const [begin, end] =
    fault === 'stopped' ? [cluster.pauseExecutor, cluster.resumeExecutor] : [cluster.cutExecutor, cluster.healExecutor];
  return {
    begin: async () => begin(executor),
    async end() {
      end(executor);
      await until(isBack);
    },
  };
}

function redisFault(fault: FaultKind, { redis, toRedis, leaderToRedis }: FaultPlace): Fault {
  if (fault === 'killed') return { begin: redis.restart, end: async () => {} };
  if (fault === 'stopped') {
    const signal = async (name: NodeJS.Signals) => void process.kill(redis.pid!, name);
    return { begin: () => signal('SIGSTOP'), end: () => signal('SIGCONT') };
  }
  return {
    async begin() {
      for (const proxy of [toRedis, leaderToRedis]) proxy.cut();
    },
    async end() {
      for (const proxy of [toRedis, leaderToRedis]) proxy.heal();
    },
  };
}

/** The test's own time limit ends it. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await systemClock.delay(LOOK_MS);
}
