import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { wire } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { call, connect, type RpcClient } from '@millrace/shared/rpc';
import { freePorts } from '../servers/free-port.ts';
import { type ServerProcess, startServerProcess } from '../servers/server-process.ts';

export type ControlClient = RpcClient<(typeof wire.ControlService)['service']>;

/** A process of the engine: as a user starts it, through the command line. */
export type Role = {
  readonly pid: number;
  /** Base URL of /metrics. */
  health: string;
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>;
};

export type Engine = {
  control: ControlClient;
  readonly driver: Role;
  readonly executors: readonly Role[];
  /** With the ports of the one before. */
  startDriver(): Promise<void>;
  /** Another executor with a name of its own; resolves when the driver knows it. */
  startExecutor(): Promise<Role>;
  stop(): Promise<void>;
};

export type EngineOptions = {
  redisUrl: string;
  executors: number;
  /** Flags of `millrace executor` beside those that say where things are. */
  executorFlags?: readonly string[];
  /** Folder for CPU profiles of the executors' main threads; they are written when an executor is stopped. */
  profileFolder?: string | undefined;
  clock: Clock;
};

const MAIN = resolve(import.meta.dirname, '../../cli/src/main.ts');
/** Node has to compile the engine, on a machine that may be busy. */
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
/** For an executor to write its profile. */
const PROFILE_TIMEOUT_MS = 10_000;

/** A driver and executors as processes of their own; they end with this process whatever happens to it. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { clock } = options;
  // Where executors put their scratch unless told; told, so that nothing stays behind of one that is killed.
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-bench-'));
  const [driverPort, driverHealth] = (await freePorts(2)) as [number, number];
  const namespace = `bench-${process.pid}-${driverPort}`;
  const store = ['--store', options.redisUrl, '--namespace', namespace, '--log-level', 'warn'];
  const address = `127.0.0.1:${driverPort}`;
  const control = connect(wire.ControlService, address, { unavailable: 'DRIVER_UNAVAILABLE' });
  const executors: Role[] = [];
  let driver: Role | null = null;
  let started = 0;

  async function startDriver(): Promise<void> {
    const health = `127.0.0.1:${driverHealth}`;
    driver = await startRole(base, 'driver', ['--listen', address, '--health', health, ...store], health);
    await until(clock, 'the driver', async () => {
      await call(control, 'ListJobs', {}, { timeoutMs: 1_000 });
      return true;
    });
  }

  async function startExecutor(): Promise<Role> {
    const id = `bench-${process.pid}-${started++}`;
    const health = `127.0.0.1:${(await freePorts(1))[0]}`;
    const flags = ['--driver', address, '--id', id, '--health', health, '--scratch', base, ...store];
    const nodeFlags = options.profileFolder ? ['--cpu-prof', '--cpu-prof-dir', options.profileFolder] : [];
    const role = await startRole(base, 'executor', [...flags, ...(options.executorFlags ?? [])], health, nodeFlags);
    executors.push(role);
    await until(clock, `executor ${id}`, async () => {
      const known = await call(control, 'ListExecutors', {}, { timeoutMs: 1_000 });
      return known.executors.some(({ executorId, status }) => executorId === id && status === 'alive');
    });
    return role;
  }

  const engine: Engine = {
    control,
    executors,
    get driver() {
      return driver!;
    },
    startDriver,
    startExecutor,
    async stop() {
      if (options.profileFolder) await Promise.all(executors.map((executor) => endGently(executor, clock)));
      control.close();
      await Promise.all([driver, ...executors].map((role) => role?.kill()));
      rmSync(base, { recursive: true, force: true });
    },
  };
  try {
    await startDriver();
    for (let index = 0; index < options.executors; index++) await startExecutor();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function startRole(
  base: string,
  role: 'driver' | 'executor',
  flags: readonly string[],
  health: string,
  nodeFlags: readonly string[] = [],
): Promise<Role> {
  const folder = mkdtempSync(join(base, `${role}-`));
  // Settings of the user's own Millrace must not reach the one that is measured.
  const env = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith('MILLRACE_'))
      .map((name) => [name, undefined]),
  );
  const process_: ServerProcess = await startServerProcess({
    command: process.execPath,
    args: [...nodeFlags, MAIN, role, ...flags],
    env,
    cwd: folder,
    logPath: join(folder, 'log'),
    folder: base,
  });
  return { pid: process_.pid, health: `http://${health}`, kill: () => process_.kill() };
}

async function until(clock: Clock, what: string, ready: () => Promise<boolean>): Promise<void> {
  const deadline = clock.monotonic() + READY_TIMEOUT_MS;
  let reason = '';
  while (clock.monotonic() < deadline) {
    try {
      if (await ready()) return;
    } catch (thrown) {
      reason = `: ${toMillraceError(thrown).message}`;
    }
    await clock.delay(READY_POLL_MS);
  }
  throw new MillraceError('TIMED_OUT', `${what} did not start within ${READY_TIMEOUT_MS} ms${reason}`);
}

async function endGently(role: Role, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + PROFILE_TIMEOUT_MS;
  const isAlive = () => {
    try {
      return process.kill(role.pid, 0);
    } catch {
      return false;
    }
  };
  if (isAlive()) process.kill(role.pid, 'SIGTERM');
  while (isAlive() && clock.monotonic() < deadline) await clock.delay(READY_POLL_MS);
}
