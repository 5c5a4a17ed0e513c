import { type Clock, within } from '@millrace/shared/clock';
import { type MillraceError, toMillraceError } from '@millrace/shared/errors';
import { newIncarnation } from '@millrace/shared/ids';
import { type HealthServer, type Readiness, startHealthServer } from '@millrace/shared/metrics';
import { HASH_VERSION } from '@millrace/shared/plan';
import manifest from '../package.json' with { type: 'json' };
import { joinCluster, type Membership } from './cluster/membership.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import type { ExecutorOptions } from './executor-options.ts';
import { openScratchSpace } from './tasks/scratch-space.ts';
import { createTaskHost, type TaskHost } from './tasks/task-host.ts';

export type Executor = {
  executorId: string;
  incarnation: string;
  /** host:port that the driver and other executors use. */
  address: string;
  /** Of /healthz, /readyz and /metrics; null where none are served. */
  healthPort: number | null;
  /** Leaves at once: running tasks are cancelled. Idempotent. TIMED_OUT when something hangs; then only the end of the process helps. */
  stop(): Promise<void>;
  /** Takes no new tasks, waits for the running ones and until the driver needs nothing from here, then stops. */
  drain(): Promise<void>;
  /** Resolves when it has stopped (null), or with the error that makes it impossible to go on. */
  ended: Promise<MillraceError | null>;
};

/** For calls that are still open when all tasks have stopped. */
const SERVER_GRACE_MS = 1_000;
/** Interrupted statements end, connections close and files go in less. */
const STOP_TIMEOUT_MS = 5_000;

type Step = () => Promise<void>;

/**
 * Starts an executor in this process: scratch, lanes, services, and only then the driver is told. Errors before that
 * (INVALID_CONFIG) leave nothing behind.
 */
export async function startExecutor(options: ExecutorOptions, deps: ExecutorDeps): Promise<Executor> {
  const incarnation = newIncarnation(deps.random);
  const undo: Step[] = [];
  try {
    return await start(options, incarnation, deps, undo);
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

async function start(
  options: ExecutorOptions,
  incarnation: string,
  deps: ExecutorDeps,
  undo: Step[],
): Promise<Executor> {
  const { log } = deps;
  const { executorId, lanes } = options;
  const ending = Promise.withResolvers<MillraceError | null>();
  const scratch = await openScratchSpace(options.scratchBase, { ...deps.process, incarnation });
  undo.push(scratch.remove);
  let address = '';
  const onUnfit = (error: MillraceError) => {
    log.fatal({ err: error }, 'a lane died or hangs: this executor must start anew');
    ending.resolve(error);
  };
  const host = createTaskHost(options, { incarnation, scratch, onUnfit, address: () => address }, deps);
  undo.push(host.close);
  const server = await deps.transport.serve({ ...options.listen, services: host.services });
  undo.push(() => server.close(SERVER_GRACE_MS), host.cancelAll);
  address = options.advertise ?? `${options.listen.host}:${server.port}`;

  let draining = false;
  let membership: Membership | null = null;
  const health = await serveHealth(options, host, deps, () => readiness(draining, membership?.registered() ?? false));
  if (health) undo.push(health.close);
  const self = { executorId, incarnation, address, lanes, version: manifest.version, hashVersion: HASH_VERSION };
  const joined = joinCluster({ drivers: options.drivers, self, load: host.load, closeJobs: host.closeJobs }, deps);
  membership = joined;
  undo.push(joined.leave);
  const told = { executor: executorId, incarnation, address, health: health?.port, lanes, scratchDir: scratch.dir };
  log.info(told, 'executor started');

  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= inTime(undoAll(undo), deps.clock);
    stopping.then(
      () => ending.resolve(null),
      (error: unknown) => ending.resolve(toMillraceError(error)),
    );
    return stopping;
  };
  const drain = async () => {
    draining = true;
    host.refuseTasks();
    await joined.announceDrain();
    const done = await host.idle.wait(options.drainTimeoutMs);
    if (done) await joined.announceLeft();
    else log.warn({ drainTimeoutMs: options.drainTimeoutMs }, 'leaving before everything was done');
    await stop();
  };
  return { executorId, incarnation, address, healthPort: health?.port ?? null, stop, drain, ended: ending.promise };
}

/** The last thing done is undone first. A step that fails does not keep the others from running. */
async function undoAll(steps: readonly Step[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.toReversed()) {
    await step().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the executor did not stop in order');
}

function inTime(stopped: Promise<void>, clock: Clock): Promise<void> {
  return within(clock, STOP_TIMEOUT_MS, (late) => {
    const { promise, reject } = Promise.withResolvers<never>();
    late.addEventListener('abort', () => reject(late.reason), { once: true });
    return Promise.race([stopped, promise]);
  });
}

async function serveHealth(
  { health }: ExecutorOptions,
  host: TaskHost,
  { metrics }: ExecutorDeps,
  ready: () => Readiness,
): Promise<HealthServer | null> {
  if (health === null) return null;
  const text = async () => {
    await host.refreshMetrics();
    return metrics.text();
  };
  return startHealthServer({ ...health, live: () => true, ready, metrics: { contentType: metrics.contentType, text } });
}

function readiness(draining: boolean, registered: boolean): Readiness {
  if (draining) return { ready: false, reason: 'draining' };
  return registered ? { ready: true } : { ready: false, reason: 'no driver knows this executor' };
}
