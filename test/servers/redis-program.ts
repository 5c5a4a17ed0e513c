import { existsSync } from 'node:fs';
import { onPath } from './command.ts';
import { fetchDebianRedis } from './debian-redis.ts';
import { dockerAnswers } from './docker.ts';
import { firstSource } from './source.ts';

/** A Redis to run: a program of this machine, or an image. */
export type RedisProgram =
  | { kind: 'program'; command: string; libraryFolders: readonly string[] }
  | { kind: 'image'; image: string };

/** What deployments are told to use. */
const IMAGE = 'redis:7.4-alpine';

const REMEDY =
  'Install redis-server (apt install redis-server, brew install redis), start Docker, or set MILLRACE_REDIS=redis://host:port.';

export function findRedis(): Promise<RedisProgram> {
  return firstSource<RedisProgram>(
    'Redis',
    [
      { name: 'Docker', find: async () => ((await dockerAnswers()) ? { kind: 'image', image: IMAGE } : undefined) },
      { name: 'redis-server on PATH', find: async () => installed(onPath('redis-server')) },
      { name: 'Debian package', find: fromDebian },
    ],
    REMEDY,
  );
}

function installed(command: string | undefined): RedisProgram | undefined {
  return command === undefined ? undefined : { kind: 'program', command: named(command), libraryFolders: [] };
}

/** Debian's redis-server is a link to redis-check-rdb, and the name it is called by decides what it does. */
function named(realPath: string): string {
  const server = realPath.replace(/redis-check-rdb$/, 'redis-server');
  return existsSync(server) ? server : realPath;
}

async function fromDebian(): Promise<RedisProgram | undefined> {
  if (onPath('apt-get') === undefined || onPath('dpkg-deb') === undefined) return undefined;
  return { kind: 'program', ...(await fetchDebianRedis()) };
}
