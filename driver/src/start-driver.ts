import type { Clock, Random } from '@millrace/shared/clock';
import { connectKafka } from '@millrace/shared/kafka';
import type { Logger } from '@millrace/shared/logging';
import { type Metrics, startHealthServer } from '@millrace/shared/metrics';
import { HASH_VERSION } from '@millrace/shared/plan';
import { startRpcServer } from '@millrace/shared/rpc';
import { openDuckDbFrontend } from '@millrace/shared/sql';
import { openRedisStore } from '@millrace/shared/store';
import { clusterService } from './control/cluster-service.ts';
import { controlService } from './control/control-service.ts';
import { createStateQuery } from './control/query-job-state.ts';
import { createExecutorRegistry, HEARTBEAT_MS } from './dispatch/executor-registry.ts';
import { createLaneSlots } from './dispatch/lane-slots.ts';
import type { DriverOptions } from './driver-options.ts';
import type { ConnectKafka } from './jobs/check-online.ts';
import { createJobDirectory } from './jobs/job-directory.ts';
import { observeDriver } from './progress/driver-metrics.ts';

export type Driver = {
  /** Port of the gRPC services. */
  port: number;
  healthPort: number;
  /** Leaves all jobs as they are; another driver (or this one, started again) goes on with them. */
  stop(): Promise<void>;
};

export type DriverDependencies = {
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
  /** Takes the tables of console sinks. */
  show(text: string): void;
};

/** Calls that run when the driver stops get so long to end. */
const STOP_GRACE_MS = 1_000;

/** Opens the store, takes up the jobs that should run, and serves. STORE_UNSAFE for a store that may lose what it holds. */
export async function startDriver(options: DriverOptions, deps: DriverDependencies): Promise<Driver> {
  const { clock, log, metrics } = deps;
  const store = await openRedisStore({ url: options.store, namespace: options.namespace }, { clock, logger: log });
  for (const warning of await store.check()) log.warn({ code: warning.code }, warning.message);
  const frontend = await openDuckDbFrontend();
  const registry = createExecutorRegistry({ clock, hashVersion: HASH_VERSION });
  const slots = createLaneSlots(registry);
  const connect: ConnectKafka = (connection, purpose) =>
    connectKafka(connection, { clientId: `millrace-driver-${purpose}`, clock });
  const runner = { ...deps, ...store, registry, slots, frontend, connectKafka: connect };
  const jobs = createJobDirectory(runner);
  observeDriver(metrics, { registry, jobs });
  jobs.onAdded((job) => job.hub.subscribe((event) => (event.kind === 'sinkText' ? deps.show(event.text) : undefined)));
  registry.onEvent(({ kind, executor }) =>
    log.info({ executor: executor.executorId, address: executor.address }, kind),
  );
  await jobs.recover();

  const server = await startRpcServer({
    ...options.listen,
    services: [
      controlService({ jobs, registry, queryState: createStateQuery(runner), clock }),
      clusterService(registry, (jobId) => jobs.list().some(({ record }) => record.jobId === jobId)),
    ],
  });
  const health = await startHealthServer({
    ...options.health,
    live: () => true,
    ready: () => (store.isConnected() ? { ready: true } : { ready: false, reason: 'the store cannot be reached' }),
    metrics,
  });
  const expiry = setInterval(() => registry.expire(), HEARTBEAT_MS);
  log.info({ listen: `${options.listen.host}:${server.port}`, health: health.port }, 'driver is ready');
  return {
    port: server.port,
    healthPort: health.port,
    async stop() {
      clearInterval(expiry);
      await jobs.close();
      await server.close(STOP_GRACE_MS);
      await health.close();
      slots.close();
      registry.close();
      frontend.close();
      await store.close();
    },
  };
}
