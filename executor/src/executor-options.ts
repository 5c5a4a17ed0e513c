import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';

export type HostPort = { host: string; port: number };

/** What a person or the CLI may say; whatever is left out has a default. Durations in ms, sizes in bytes. */
export type ExecutorInput = {
  /** Addresses of the driver, tried in turn: host:port. */
  driver: string | readonly string[];
  /** Stable name, such as a pod's. Default: `<host name>-<pid>`. */
  id?: string | undefined;
  /** Default 127.0.0.1 and any free port. */
  listen?: HostPort | undefined;
  /** host:port that others reach this executor at. Default: where it listens. */
  advertise?: string | undefined;
  /** Default: CPU cores. */
  lanes?: number | undefined;
  /** Of one lane's DuckDB, before it spills to scratch. Default: 60 % of the memory over all lanes. */
  laneMemory?: number | undefined;
  /** Records read ahead of the lanes, all tasks together. */
  prefetch?: number | undefined;
  /** Default: /dev/shm where it has room, else the temporary folder. */
  scratch?: string | undefined;
  drainTimeout?: number | undefined;
  /** /healthz, /readyz and /metrics. Default: none are served. */
  health?: HostPort | undefined;
};

/** Facts of the machine that defaults depend on. */
export type MachineFacts = {
  hostname: string;
  pid: number;
  cores: number;
  /** Limit of the container, or what the machine has. */
  memoryBytes: number;
  /** Null: there is no /dev/shm. */
  sharedMemoryFreeBytes: number | null;
  tmpDir: string;
};

export type ExecutorOptions = {
  drivers: string[];
  executorId: string;
  listen: HostPort;
  /** Null: the host and the port it listens on. */
  advertise: string | null;
  lanes: number;
  laneMemoryMaxBytes: number;
  prefetchMaxBytes: number;
  /** Of this executor id; each incarnation has a folder of its own in it. */
  scratchBase: string;
  drainTimeoutMs: number;
  health: HostPort | null;
};

const LISTEN_DEFAULT: HostPort = { host: '127.0.0.1', port: 0 };
/** Two lanes at work and two tasks read ahead, of some 30 MB each. */
const PREFETCH_DEFAULT_BYTES = 128 * 1024 * 1024;
/** Less than one Fetch response would make every task wait for the one before. */
const PREFETCH_MIN_BYTES = 1024 * 1024;
/** The rest is for Node, buffers and, often, the scratch folder in memory. */
const LANES_MEMORY_SHARE = 0.6;
/** DuckDB needs some for itself before it can even spill. */
const LANE_MEMORY_MIN_BYTES = 64 * 1024 * 1024;
/** Room for the files of a few tasks; with less the temporary folder serves better. */
const SHARED_MEMORY_MIN_BYTES = 256 * 1024 * 1024;
const DRAIN_TIMEOUT_DEFAULT_MS = 30_000;
/** More threads than that on one machine is a mistyped number. */
const LANES_MAX = 1_024;

const EXECUTOR_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const PEER = /^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/;

/** Defaults filled in, everything checked. INVALID_CONFIG lists all problems at once. */
export function compileExecutorOptions(input: ExecutorInput, facts: MachineFacts): ExecutorOptions {
  const executorId = input.id ?? `${facts.hostname}-${facts.pid}`;
  const lanes = input.lanes ?? facts.cores;
  const options: ExecutorOptions = {
    drivers: typeof input.driver === 'string' ? [input.driver] : [...input.driver],
    executorId,
    listen: input.listen ?? LISTEN_DEFAULT,
    advertise: input.advertise ?? null,
    lanes,
    laneMemoryMaxBytes: input.laneMemory ?? defaultLaneMemory(facts.memoryBytes, lanes),
    prefetchMaxBytes: input.prefetch ?? PREFETCH_DEFAULT_BYTES,
    scratchBase: join(input.scratch ?? defaultScratch(facts), `millrace-${executorId}`),
    drainTimeoutMs: input.drainTimeout ?? DRAIN_TIMEOUT_DEFAULT_MS,
    health: input.health ?? null,
  };
  const problems = problemsOf(options);
  if (problems.length === 0) return options;
  throw new MillraceError('INVALID_CONFIG', problems.join('\n'), { details: { problems } });
}

function defaultLaneMemory(memoryBytes: number, lanes: number): number {
  return Math.max(LANE_MEMORY_MIN_BYTES, Math.floor((memoryBytes * LANES_MEMORY_SHARE) / Math.max(1, lanes)));
}

/** Containers give 64 MB of /dev/shm unless a memory volume is mounted there. */
function defaultScratch({ sharedMemoryFreeBytes, tmpDir }: MachineFacts): string {
  return (sharedMemoryFreeBytes ?? 0) >= SHARED_MEMORY_MIN_BYTES ? '/dev/shm' : tmpDir;
}

function problemsOf(options: ExecutorOptions): string[] {
  const problems: string[] = [];
  const check = (fine: boolean, problem: string) => {
    if (!fine) problems.push(problem);
  };
  const { drivers, executorId, listen, advertise, lanes, laneMemoryMaxBytes, prefetchMaxBytes, drainTimeoutMs } =
    options;
  check(drivers.length > 0, 'driver: at least one address is needed');
  for (const driver of drivers) check(PEER.test(driver), `driver: '${driver}' is not host:port`);
  check(EXECUTOR_ID.test(executorId), `id: '${executorId}' may hold letters, digits, '.', '_' and '-' only`);
  check(advertise === null || PEER.test(advertise), `advertise: '${advertise}' is not host:port`);
  check(
    advertise !== null || !isUnspecified(listen.host),
    `advertise: is needed, others cannot connect to ${listen.host}`,
  );
  check(isWhole(lanes, 1, LANES_MAX), `lanes: ${lanes} is not a whole number from 1 to ${LANES_MAX}`);
  check(
    isWhole(laneMemoryMaxBytes, LANE_MEMORY_MIN_BYTES),
    `laneMemory: ${laneMemoryMaxBytes} bytes are too few, ${LANE_MEMORY_MIN_BYTES} are needed`,
  );
  check(
    isWhole(prefetchMaxBytes, PREFETCH_MIN_BYTES),
    `prefetch: ${prefetchMaxBytes} bytes are too few, ${PREFETCH_MIN_BYTES} are needed`,
  );
  check(isWhole(drainTimeoutMs, 0), `drainTimeout: ${drainTimeoutMs} is not a number of milliseconds`);
  return problems;
}

const isUnspecified = (host: string) => host === '0.0.0.0' || host === '::';

function isWhole(value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
