import type { Clock, Random } from '@millrace/shared/clock';
import type { Logger } from '@millrace/shared/logging';
import type { Metrics } from '@millrace/shared/metrics';
import { HASH_VERSION } from '@millrace/shared/plan';
import type { RpcService, Transport } from '@millrace/shared/rpc';
import type { BlobStore, CommitStore, LeaderStore } from '@millrace/shared/store';
import { clusterService } from '../control/cluster-service.ts';
import { controlService } from '../control/control-service.ts';
import { createStateQuery } from '../control/query-job-state.ts';
import { createExecutorRegistry, type ExecutorRegistry, HEARTBEAT_MS } from '../dispatch/executor-registry.ts';
import { createLaneSlots } from '../dispatch/lane-slots.ts';
import type { ConnectKafka } from '../jobs/check-online.ts';
import type { CompileText } from '../jobs/compile-text.ts';
import { createJobDirectory } from '../jobs/job-directory.ts';
import type { DriverObserver } from '../progress/driver-metrics.ts';
import type { TableLoader } from '../tables/table-loader.ts';

export type TermDependencies = {
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
  observe: DriverObserver;
  store: { commits: CommitStore; blobs: BlobStore; leaders: LeaderStore };
  transport: Transport;
  connectKafka: ConnectKafka;
  loader: TableLoader;
  compile: CompileText;
  show(text: string): void;
};

/** What a driver does while it leads: its executors and its jobs. */
export type Term = {
  control: RpcService;
  cluster: RpcService;
  /** Leaves all jobs as they are; whoever leads next goes on with them. */
  end(): Promise<void>;
};

/** Takes up the jobs that should run, and is then ready to serve. */
export async function beginTerm(deps: TermDependencies, mayBeReplaced: () => boolean): Promise<Term> {
  const { clock, log, store } = deps;
  const registry = createExecutorRegistry({ clock, transport: deps.transport, hashVersion: HASH_VERSION });
  const slots = createLaneSlots(registry);
  const runner = { ...deps, ...store, registry, slots };
  const jobs = createJobDirectory(runner);
  const unobserve = deps.observe({ registry, jobs });
  jobs.onAdded((job) => job.hub.subscribe((event) => (event.kind === 'sinkText' ? deps.show(event.text) : undefined)));
  registry.onEvent((event) => {
    const { executorId: executor, address } = event.executor;
    if (event.kind === 'executorLost') log.warn({ executor, address, reason: event.reason }, event.kind);
    else log.info({ executor, address }, event.kind);
  });
  const isInUse = (id: string) => jobs.list().some((job) => job.record.jobId === id && job.isInUse());
  const ended = new AbortController();
  const expiring = expireLeases(registry, clock, ended.signal);
  const term: Term = {
    control: controlService({ jobs, registry, queryState: createStateQuery(runner), clock }),
    cluster: clusterService({ registry, isInUse, mayBeReplaced }),
    async end() {
      ended.abort();
      await expiring;
      await jobs.close();
      slots.close();
      registry.close();
      unobserve();
    },
  };
  try {
    await jobs.recover();
    return term;
  } catch (error) {
    await term.end();
    throw error;
  }
}

async function expireLeases(registry: ExecutorRegistry, clock: Clock, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await clock.delay(HEARTBEAT_MS, ended).catch(() => {});
    registry.expire();
  }
}
