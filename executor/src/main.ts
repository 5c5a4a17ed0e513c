// The only place of the executor that takes time, randomness, servers and the machine from its surroundings.
import { statfs } from 'node:fs/promises';
import { availableParallelism, hostname, tmpdir, totalmem } from 'node:os';
import { systemClock } from '@millrace/shared/clock';
import { toMillraceError } from '@millrace/shared/errors';
import { connectKafka } from '@millrace/shared/kafka';
import { createLogger, type LogLevel } from '@millrace/shared/logging';
import { createMetrics } from '@millrace/shared/metrics';
import { grpcTransport } from '@millrace/shared/rpc';
import { openRedisBlobStore } from '@millrace/shared/store';
import { startExecutor } from './executor.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { compileExecutorOptions, type ExecutorInput, type MachineFacts } from './executor-options.ts';
import { openLane } from './lanes/lane-pool.ts';

/** Beside what an executor can be told: where the store is, and how much is logged. */
export type ExecutorProcessInput = ExecutorInput & {
  /** redis:// or rediss:// URL. */
  store: string;
  namespace?: string | undefined;
  /** Replicas of the store that state must have reached before a commit may name it. Default 0. */
  storeReplicas?: number | undefined;
  logLevel?: LogLevel | undefined;
};

/**
 * Runs an executor until SIGTERM or SIGINT (drains; a second signal leaves at once). Resolves with the exit code: 0 after
 * it left as asked, 1 when a lane died. INVALID_CONFIG and STORE_UNAVAILABLE are thrown before it starts.
 *
 * DuckDB's asynchronous calls use libuv's pool, whose size is read once, before its first use: whoever starts this
 * process sets UV_THREADPOOL_SIZE to the lanes and a few more (the `millrace` command does).
 */
export async function runExecutor(input: ExecutorProcessInput): Promise<number> {
  const log = createLogger({ name: 'executor', level: input.logLevel });
  const options = compileExecutorOptions(input, await machineFacts());
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  if (threads <= options.lanes) {
    log.warn({ threads, lanes: options.lanes }, 'UV_THREADPOOL_SIZE should exceed the lanes: they wait for each other');
  }
  const { store: url, namespace, storeReplicas: replicasMin } = input;
  const blobs = await openRedisBlobStore(
    { url, ...(namespace === undefined ? {} : { namespace }), ...(replicasMin === undefined ? {} : { replicasMin }) },
    { clock: systemClock, logger: log },
  );
  try {
    const starting = startExecutor(options, realDeps({ log, blobs, clientId: options.executorId }));
    const unwatch = onSignals(
      async () => (await starting).drain(),
      async () => (await starting).stop(),
      (error) => log.error({ err: error }, 'cannot stop in order'),
    );
    const executor = await starting;
    const failure = await executor.ended;
    unwatch();
    await executor.stop().catch(endWhatHangs);
    return failure === null ? 0 : 1;
  } finally {
    await blobs.close();
  }
}

/** A thread that hangs in native code lets nothing end in order, not even the process: it then ends as in a crash. */
function endWhatHangs(error: unknown): void {
  if (toMillraceError(error).code !== 'TIMED_OUT') throw error;
  process.kill(process.pid, 'SIGKILL');
}

function realDeps(made: Pick<ExecutorDeps, 'log' | 'blobs'> & { clientId: string }): ExecutorDeps {
  const { log, blobs, clientId } = made;
  return {
    clock: systemClock,
    random: Math.random,
    log,
    blobs,
    metrics: createMetrics('executor'),
    transport: grpcTransport,
    connectKafka: (connection) => connectKafka(connection, { clientId, clock: systemClock }),
    openLane,
    process: { pid: process.pid, isAlive, residentBytes: () => process.memoryUsage.rss() },
  };
}

async function machineFacts(): Promise<MachineFacts> {
  const constrained = process.constrainedMemory();
  return {
    hostname: hostname(),
    pid: process.pid,
    cores: availableParallelism(),
    // Without a limit the system reports 0 or a number beyond what there is.
    memoryBytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    sharedMemoryFreeBytes: await statfs('/dev/shm').then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    ),
    tmpDir: tmpdir(),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user exists as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function onSignals(
  drain: () => Promise<void>,
  stop: () => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let asked = false;
  const onSignal = () => {
    (asked ? stop() : drain()).catch(onError);
    asked = true;
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
