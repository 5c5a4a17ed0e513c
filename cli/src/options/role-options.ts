import type { LogLevel } from '@millrace/shared/logging';
import type { OptionTable } from './option-table.ts';
import {
  address,
  durationMs,
  nonEmpty,
  oneOf,
  peerAddress,
  peerAddresses,
  positiveInteger,
  redisUrl,
  sizeBytes,
  wholeNumber,
} from './values.ts';

// The one table of what the roles can be told: flags, environment, --help, docs/cli.md, completion and the checks of
// deploy/ all come from here.

export const DRIVER_PORT = 7070;
export const DRIVER_HEALTH_PORT = 7071;
export const DRIVER_ADDRESS = `127.0.0.1:${DRIVER_PORT}`;

/** Spelled out here, so that `--help` does not load the logger. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies LogLevel[];

const shared = {
  store: {
    flag: '--store <url>',
    env: 'MILLRACE_STORE',
    default: 'redis://127.0.0.1:6379',
    description: 'Redis that holds offsets, commits and state; run it with appendfsync always',
    parse: redisUrl,
  },
  namespace: {
    flag: '--namespace <name>',
    env: 'MILLRACE_NAMESPACE',
    default: 'millrace',
    description: 'prefix of every key in the store: clusters with different ones do not see each other',
    parse: nonEmpty,
  },
  storeReplicas: {
    flag: '--store-replicas <count>',
    env: 'MILLRACE_STORE_REPLICAS',
    default: '0',
    description: 'replicas of Redis that must have received a write before it counts; give all roles the same',
    parse: wholeNumber,
  },
  logLevel: {
    flag: '--log-level <level>',
    env: 'MILLRACE_LOG_LEVEL',
    default: 'info',
    description: LOG_LEVELS.join(', '),
    parse: oneOf(LOG_LEVELS),
  },
} as const satisfies OptionTable;

export const DRIVER_OPTIONS = {
  listen: {
    flag: '--listen <host:port>',
    env: 'MILLRACE_LISTEN',
    default: DRIVER_ADDRESS,
    description: 'where commands and executors reach the driver',
    parse: address,
  },
  advertise: {
    flag: '--advertise <host:port>',
    env: 'MILLRACE_ADVERTISE',
    default: null,
    description: 'the address other drivers are told, where it is not the one it listens on',
    parse: peerAddress,
  },
  health: {
    flag: '--health <host:port>',
    env: 'MILLRACE_HEALTH',
    default: `127.0.0.1:${DRIVER_HEALTH_PORT}`,
    description: '/healthz, /readyz and /metrics over HTTP; port 0 takes any free one',
    parse: address,
  },
  tables: {
    flag: '--tables <dir>',
    env: 'MILLRACE_TABLES',
    default: null,
    description:
      'folder below which specs may name files of tables that the driver reads again and again; default: none',
    parse: nonEmpty,
  },
  ...shared,
} as const satisfies OptionTable;

export const EXECUTOR_OPTIONS = {
  driver: {
    flag: '--driver <host:port>',
    env: 'MILLRACE_DRIVER',
    default: DRIVER_ADDRESS,
    description: 'the driver to work for; several, separated by commas, are tried in turn',
    parse: peerAddresses,
  },
  id: {
    flag: '--id <name>',
    env: 'MILLRACE_EXECUTOR_ID',
    default: null,
    description: 'stable name, such as the name of its pod; default <host>-<pid>',
    parse: nonEmpty,
  },
  listen: {
    flag: '--listen <host:port>',
    env: 'MILLRACE_LISTEN',
    default: '127.0.0.1:0',
    description: 'where the driver and other executors reach it; port 0 takes any free one',
    parse: address,
  },
  advertise: {
    flag: '--advertise <host:port>',
    env: 'MILLRACE_ADVERTISE',
    default: null,
    description: 'the address others are told, where it is not the one it listens on',
    parse: peerAddress,
  },
  lanes: {
    flag: '--lanes <count>',
    env: 'MILLRACE_LANES',
    default: null,
    description: 'tasks that run at the same time, each in a thread with a DuckDB of its own; default: CPU cores',
    parse: positiveInteger,
  },
  laneMemory: {
    flag: '--lane-memory <size>',
    env: 'MILLRACE_LANE_MEMORY',
    default: null,
    description:
      'memory of one lane before it spills to scratch, such as 1GiB; default: 60 % of the memory over all lanes',
    parse: sizeBytes,
  },
  prefetch: {
    flag: '--prefetch <size>',
    env: 'MILLRACE_PREFETCH',
    default: '128MB',
    description: 'records fetched ahead of the lanes, over all tasks',
    parse: sizeBytes,
  },
  scratch: {
    flag: '--scratch <dir>',
    env: 'MILLRACE_SCRATCH',
    default: null,
    description: 'folder for records, blocks and spill; default: /dev/shm where it has room, else the temporary folder',
    parse: nonEmpty,
  },
  drainTimeout: {
    flag: '--drain-timeout <duration>',
    env: 'MILLRACE_DRAIN_TIMEOUT',
    default: '30s',
    description: 'how long running tasks may take to end after SIGTERM',
    parse: durationMs,
  },
  health: {
    flag: '--health <host:port>',
    env: 'MILLRACE_HEALTH',
    default: '127.0.0.1:0',
    description: '/healthz, /readyz and /metrics over HTTP; port 0 takes any free one',
    parse: address,
  },
  ...shared,
} as const satisfies OptionTable;
