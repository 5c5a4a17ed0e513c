import { Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../../clock/index.ts';
import { MillraceError } from '../../errors/index.ts';
import { redisError, replicaError } from './redis-errors.ts';
import { DEFAULT_NAMESPACE, type RedisKeys, redisKeys } from './redis-keys.ts';

export type RedisStoreOptions = {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  url: string;
  /** Start of every key; lets several Millrace clusters share a Redis. Default `millrace`. */
  namespace?: string;
  /** Replicas that must have received a write before it counts. Default 0: the fsync of one Redis is what counts. */
  replicasMin?: number;
  /** How long a command may take, the wait for a connection included. Default 5,000. */
  commandTimeoutMs?: number;
};

export type StoreLogger = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

export type StoreDependencies = { clock: Clock; logger?: StoreLogger };

export type RedisConnection = {
  client: Redis;
  keys: RedisKeys;
  replicasMin: number;
  /** Runs Redis calls; whatever they throw comes out as a MillraceError that names `key`. */
  call<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** The same for writes: also waits for the replicas. */
  write<T>(key: string, work: () => Promise<T>): Promise<T>;
  /**
   * Asked before something is called missing: a replica may only be waiting for it, as a primary does that a failover has made one.
   * STORE_UNAVAILABLE then, and the next call goes where the URL leads by that time.
   */
  mustBePrimary(key: string): Promise<void>;
  /** Keys that match. SCAN may show a key twice while Redis resizes its tables. */
  scan(pattern: string): AsyncIterable<string>;
  close(): Promise<void>;
};

/** Past any fsync stall of a healthy disk, and short enough that a driver that lost its store finds out. */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A command outlives one failed attempt to reconnect; then its caller is told, and decides. */
const RECONNECTS_PER_COMMAND_MAX = 1;
const RECONNECT_INITIAL_MS = 50;
/** Jobs should run again within five seconds after Redis is back, and a step that waits looks every two. */
const RECONNECT_MAX_MS = 1_000;
/** Keys that Redis looks at per SCAN call: under a millisecond of its time. */
const SCAN_COUNT = 1_000;
/** A replica that takes longer is not there: meanwhile nothing else goes over this connection. */
const REPLICA_WAIT_MAX_MS = 1_000;

/** Connects, or rejects with STORE_UNAVAILABLE or INVALID_CONFIG. Once connected it reconnects for ever by itself. */
export async function connectRedis(options: RedisStoreOptions, deps: StoreDependencies): Promise<RedisConnection> {
  const keys = redisKeys(options.namespace ?? DEFAULT_NAMESPACE);
  const commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  const client = new Redis(checkedUrl(options.url), clientOptions(commandTimeoutMs));
  const { lastError, connected } = followConnection(client, deps);
  try {
    await client.connect();
  } catch (thrown) {
    client.disconnect();
    throw redisError(lastError() ?? thrown, 'the connection');
  }
  const replicasMin = options.replicasMin ?? 0;
  const call = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw redisError(thrown, key);
    }
  };
  return {
    client,
    keys,
    replicasMin,
    call,
    write: (key, work) =>
      call(key, async () => {
        const before = connected();
        const reply = await work();
        if (replicasMin > 0) await waitForReplicas(client, keys.waited, replicasMin);
        if (replicasMin > 0 && connected() !== before) throw lostWhileWaiting();
        return reply;
      }),
    async mustBePrimary(key) {
      if (await call(key, () => isPrimary(client))) return;
      client.disconnect(true);
      throw replicaError(key);
    },
    async *scan(pattern) {
      let cursor = '0';
      do {
        const at = cursor;
        const [next, page] = await call(pattern, () => client.scan(at, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
        yield* page;
        cursor = next;
      } while (cursor !== '0');
    },
    close: () => closeClient(client),
  };
}

/** A user who may not ask takes it for one. */
async function isPrimary(client: Redis): Promise<boolean> {
  try {
    const [role] = (await client.role()) as [string];
    return role === 'master';
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return true;
    throw error;
  }
}

function checkedUrl(url: string): string {
  if (/^rediss?:\/\/./.test(url)) return url;
  throw new MillraceError('INVALID_CONFIG', 'The store URL is not the URL of a Redis', {
    hint: 'It looks like redis://user:password@host:6379/0, or rediss:// for TLS.',
  });
}

function clientOptions(commandTimeout: number) {
  return {
    lazyConnect: true,
    commandTimeout,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: RECONNECTS_PER_COMMAND_MAX,
    retryStrategy: (attempt: number) => Math.min(RECONNECT_INITIAL_MS * 2 ** (attempt - 1), RECONNECT_MAX_MS),
    // After a failover the name points elsewhere: a new connection finds the new primary.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

/** `connected` counts the connections there have been so far. */
type ConnectionFacts = { lastError(): Error | null; connected(): number };

/** Logs losses and returns of the connection, and remembers why it failed last. */
function followConnection(client: Redis, { clock, logger }: StoreDependencies): ConnectionFacts {
  let lastError: Error | null = null;
  let wasReady = false;
  let lostAtMs: number | null = null;
  let connections = 0;
  client.on('connect', () => {
    connections++;
  });
  client.on('error', (error: Error) => {
    lastError = error;
  });
  client.on('reconnecting', () => {
    if (!wasReady || lostAtMs !== null) return;
    lostAtMs = clock.monotonic();
    logger?.warn({ cause: lastError?.message }, 'The connection to Redis is lost; reconnecting');
  });
  client.on('ready', () => {
    if (lostAtMs !== null) {
      logger?.info({ outageMs: Math.round(clock.monotonic() - lostAtMs) }, 'The connection to Redis is back');
    }
    wasReady = true;
    lostAtMs = null;
    lastError = null;
  });
  return { lastError: () => lastError, connected: () => connections };
}

/**
 * WAIT tells of what this very connection has written. A step that was taken before and is only repeated writes nothing, so something
 * is always written first: what comes later in the log of the primary covers all that came before.
 */
async function waitForReplicas(client: Redis, key: string, replicasMin: number): Promise<void> {
  const [, received] = await Promise.all([client.set(key, ''), client.wait(replicasMin, REPLICA_WAIT_MAX_MS)]);
  if (received >= replicasMin) return;
  throw new MillraceError(
    'STORE_UNAVAILABLE',
    `Only ${received} of ${replicasMin} Redis replicas received a write within ${REPLICA_WAIT_MAX_MS} ms`,
    { hint: 'Look at the replicas of the Redis server, or lower the number to wait for.' },
  );
}

/** Perhaps to a server that lacks the write: only a step that was taken and waited for over one connection counts. */
function lostWhileWaiting(): MillraceError {
  return new MillraceError('STORE_UNAVAILABLE', 'The connection to Redis was lost before its replicas had a write', {
    hint: 'During a failover this passes.',
  });
}

async function closeClient(client: Redis): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => undefined);
  client.disconnect();
}
