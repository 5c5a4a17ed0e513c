import { wire } from '@millrace/proto';
import type { Clock, Random } from '@millrace/shared/clock';
import { type MillraceError, toMillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import { type Metrics, startHealthServer } from '@millrace/shared/metrics';
import type { Transport } from '@millrace/shared/rpc';
import { openDuckDbFrontend } from '@millrace/shared/sql';
import { openRedisStore } from '@millrace/shared/store';
import type { DriverOptions } from './driver-options.ts';
import type { ConnectKafka } from './jobs/check-online.ts';
import { compilerOver } from './jobs/compile-text.ts';
import { takePartInElections } from './leadership/driver-roles.ts';
import { createDriverObserver } from './progress/driver-metrics.ts';
import { watchStore } from './progress/store-watch.ts';
import { createTableLoader } from './tables/table-loader.ts';

export type Driver = {
  /** Port of the gRPC services. */
  port: number;
  healthPort: number;
  /** Resolves when it cannot go on; never otherwise. */
  failed: Promise<MillraceError>;
  /** Leaves all jobs as they are; another driver (or this one, started again) goes on with them. */
  stop(): Promise<void>;
};

export type DriverDependencies = {
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
  transport: Transport;
  connectKafka: ConnectKafka;
  /** Name of this machine, which tells drivers on equal ports apart. */
  hostname: string;
  /** Takes the tables of console sinks. */
  show(text: string): void;
};

/** Calls that run when the driver stops get so long to end. */
const STOP_GRACE_MS = 1_000;

/**
 * Opens the store, serves, and stands for leadership: the leader takes up the jobs that should run, the others pass
 * calls on to it. STORE_UNSAFE for a store that may lose what it holds.
 */
export async function startDriver(options: DriverOptions, deps: DriverDependencies): Promise<Driver> {
  const undo: (() => Promise<void>)[] = [];
  try {
    return await start(options, deps, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => {});
    throw error;
  }
}

async function start(options: DriverOptions, deps: DriverDependencies, undo: (() => Promise<void>)[]): Promise<Driver> {
  const { clock, log, metrics } = deps;
  const { store: url, namespace, storeReplicas: replicasMin } = options;
  const store = await openRedisStore({ url, namespace, replicasMin }, { clock, logger: log });
  undo.push(store.close);
  const warnings = await store.check();
  for (const { code, hint, message } of warnings) log.warn({ code, hint }, message);
  const stopped = new AbortController();
  undo.push(async () => stopped.abort());
  void watchStore(warnings, { check: store.check, clock, log }, stopped.signal);
  const frontend = await openDuckDbFrontend();
  undo.push(async () => frontend.close());
  const loader = createTableLoader({ connectKafka: deps.connectKafka, tablesFolder: options.tables ?? null });
  const term = { ...deps, store, loader, compile: compilerOver(frontend), observe: createDriverObserver(metrics) };
  const failed = Promise.withResolvers<MillraceError>();
  const roles = takePartInElections(term, (error) => failed.resolve(toMillraceError(error)));
  const health = await startHealthServer({
    ...options.health,
    live: () => true,
    ready: () => (store.isConnected() ? roles.readiness() : { ready: false, reason: 'the store cannot be reached' }),
    metrics,
  });
  undo.push(health.close);
  // Both ports are this driver's before it asks for anything: one that cannot serve must not take jobs from one that does.
  const server = await deps.transport.serve({
    ...options.listen,
    services: [roles.serve(wire.ControlService, 'control'), roles.serve(wire.ClusterService, 'cluster')],
  });
  undo.push(() => server.close(STOP_GRACE_MS), roles.leave);
  const listen = `${options.listen.host}:${server.port}`;
  const address = options.advertise ?? reachable(options.listen.host, server.port, deps.hostname);
  await Promise.race([
    // No other process of this machine can have this seat.
    roles.stand({ address, seat: `${deps.hostname}/${listen}` }),
    failed.promise.then((error) => Promise.reject(error)),
  ]);
  log.info({ listen, health: health.port }, 'driver is ready');
  return {
    port: server.port,
    healthPort: health.port,
    failed: failed.promise,
    async stop() {
      for (const step of undo.toReversed()) await step();
    },
  };
}

function reachable(host: string, port: number, hostname: string): string {
  return `${host === '0.0.0.0' || host === '::' ? hostname : host}:${port}`;
}
