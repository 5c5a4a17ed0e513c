import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { Redis } from 'ioredis';
import { libraryPath } from './debian-redis.ts';
import { createContainer, removeContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { untilReady } from './readiness.ts';
import { findRedis, type RedisProgram } from './redis-program.ts';
import { createServerFolder, removeServerFolder } from './server-folder.ts';
import { type ServerCommand, type ServerProcess, startServerProcess } from './server-process.ts';

export type RedisOptions = {
  /** Directives beside or instead of REDIS_CONFIG, such as `{ appendfsync: 'no' }`. */
  config?: Readonly<Record<string, string>>;
  /** Start one even when MILLRACE_REDIS names one: for tests that kill it or need an empty one. */
  own?: boolean;
};

export type RedisServer = {
  url: string;
  /** Changes with `restart`; undefined for a server named by MILLRACE_REDIS. */
  readonly pid: number | undefined;
  /** SIGKILL, keeping the data. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, killing it first if it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data; leaves a server named by MILLRACE_REDIS alone. */
  stop(): Promise<void>;
};

/** What Millrace asks of its Redis: every acknowledged write is on disk, nothing is evicted. */
export const REDIS_CONFIG: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  save: '""',
  'maxmemory-policy': 'noeviction',
};

/** Reading a long append-only file back is the slowest start. */
const READY_TIMEOUT_MS = 30_000;

/** A Redis of its own, or the one MILLRACE_REDIS names. INVALID_CONFIG when there is none to be had. */
export async function startRedis({ config = {}, own = false }: RedisOptions = {}): Promise<RedisServer> {
  const named = process.env.MILLRACE_REDIS;
  if (named !== undefined && named !== '' && !own) return namedRedis(named);
  const program = await findRedis();
  const port = await freePort();
  const folder = createServerFolder('redis');
  const directives = { ...REDIS_CONFIG, ...config };
  writeFileSync(join(folder, 'redis.conf'), redisConfig(program, port, folder, directives));
  const command = await redisCommand(program, port, folder);
  const url = `redis://127.0.0.1:${port}`;
  const clear = async () => {
    if (command.container !== undefined) await removeContainer(command.container);
    removeServerFolder(folder);
  };
  let server = await launch(command, url).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    url,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await launch(command, url);
    },
    stop: async () => {
      await server.kill();
      await clear();
    },
  };
}

function redisConfig(program: RedisProgram, port: number, folder: string, config: Record<string, string>): string {
  // A container publishes its port on 127.0.0.1 of this machine; inside, all its addresses are its own.
  const place = program.kind === 'image' ? { bind: '0.0.0.0', dir: '/data' } : { bind: '127.0.0.1', dir: folder };
  const directives = { ...place, port: String(port), 'protected-mode': 'no', ...config };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

async function redisCommand(program: RedisProgram, port: number, folder: string): Promise<ServerCommand> {
  const logged = { cwd: folder, logPath: join(folder, 'redis.log'), folder };
  if (program.kind === 'program') {
    const { command, libraryFolders } = program;
    return { ...logged, command, args: [join(folder, 'redis.conf')], env: libraryPath(libraryFolders) };
  }
  const container = `millrace-redis-${randomUUID()}`;
  const command = ['redis-server', '/millrace/redis.conf'] as const;
  await createContainer({ image: program.image, name: container, port, folder, command });
  return { ...logged, command: 'docker', args: ['start', '--attach', container], container };
}

async function launch(command: ServerCommand, url: string): Promise<ServerProcess> {
  const server = await startServerProcess(command);
  try {
    await untilReady('Redis', server, () => answersPing(url), READY_TIMEOUT_MS);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function answersPing(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

function namedRedis(url: string): RedisServer {
  const refuse = async () => {
    throw new MillraceError('INVALID_ARGUMENT', `the Redis at ${url} is not ours to kill`, {
      hint: 'Call startRedis({ own: true }) where the server is to be killed.',
    });
  };
  return { url, pid: undefined, kill: refuse, restart: refuse, stop: async () => undefined };
}
