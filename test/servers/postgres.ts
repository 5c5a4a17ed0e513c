import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { libraryPath } from './debian-redis.ts';
import { createContainer, removeContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { findPostgres } from './postgres-program.ts';
import { untilReady } from './readiness.ts';
import { createServerFolder, removeServerFolder } from './server-folder.ts';
import { type ServerCommand, type ServerUser, startServerProcess } from './server-process.ts';

export type PostgresServer = {
  /** With user and password. */
  url: string;
  /** Runs SQL, several statements if need be. */
  run(sql: string): Promise<void>;
  /** SIGKILL, keeping the data. Not of a server that MILLRACE_POSTGRES names. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const READY_TIMEOUT_MS = 30_000;
const USER = 'millrace';
export const POSTGRES_PASSWORD = 'not/to@be:shown';

/** A Postgres of its own, or the one MILLRACE_POSTGRES names. INVALID_CONFIG when there is none to be had. */
export async function startPostgres(): Promise<PostgresServer> {
  const named = process.env.MILLRACE_POSTGRES;
  if (named) return namedPostgres(named);
  const program = await findPostgres();
  const port = await freePort();
  const folder = createServerFolder('postgres');
  const logged = { cwd: folder, logPath: join(folder, 'postgres.log'), folder };
  let command: ServerCommand;
  if (program.kind === 'image') {
    const container = `millrace-postgres-${randomUUID()}`;
    const settings = [`POSTGRES_USER=${USER}`, `POSTGRES_PASSWORD=${POSTGRES_PASSWORD}`];
    const run = ['env', ...settings, 'docker-entrypoint.sh', 'postgres', '-p', String(port)] as const;
    await createContainer({ image: program.image, name: container, port, folder, command: [run[0]!, ...run.slice(1)] });
    command = { ...logged, command: 'docker', args: ['start', '--attach', container], container };
  } else {
    const [data, env, user] = [join(folder, 'data'), libraryPath(program.libraryFolders), userOfServer()];
    writeFileSync(join(folder, 'password'), POSTGRES_PASSWORD);
    if (user) for (const path of [folder, join(folder, 'password')]) chownSync(path, user.uid, user.gid);
    chmodSync(folder, 0o755);
    const access = ['-U', USER, `--pwfile=${join(folder, 'password')}`, '--auth=scram-sha-256'];
    const init = ['-D', data, ...access, '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    await promisify(execFile)(join(program.folder, 'initdb'), init, { env, cwd: folder, ...user });
    const address = ['-h', '127.0.0.1', '-p', String(port), '-k', folder];
    command = { ...logged, command: join(program.folder, 'postgres'), args: ['-D', data, ...address], env, ...user };
  }
  const url = `postgres://${USER}:${encodeURIComponent(POSTGRES_PASSWORD)}@127.0.0.1:${port}/postgres`;
  const launch = async () => {
    const server = await startServerProcess(command);
    try {
      await untilReady('Postgres', server, () => runSql(url, 'SELECT 1'), READY_TIMEOUT_MS);
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  };
  const clear = async () => {
    if (command.container !== undefined) await removeContainer(command.container);
    removeServerFolder(folder);
  };
  let server = await launch().catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    url,
    run: (sql) => runSql(url, sql),
    kill: () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await launch();
    },
    stop: async () => {
      await server.kill();
      await clear();
    },
  };
}

/** Postgres does not run as root. */
function userOfServer(): ServerUser | undefined {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}

const NOBODY = 65_534;

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function namedPostgres(url: string): PostgresServer {
  const refuse = () => Promise.reject(new Error('the Postgres that MILLRACE_POSTGRES names is not ours to kill'));
  return { url, run: (sql) => runSql(url, sql), kill: refuse, restart: refuse, stop: async () => undefined };
}
