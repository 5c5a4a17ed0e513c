import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  createServerFolder,
  freePort,
  removeServerFolder,
  type ServerProcess,
  startServerProcess,
} from '@millrace/test/servers';

/** A driver or an executor: a process of its own, started through the command line as anyone would. */
export type Role = { readonly name: string; readonly server: ServerProcess; stop(): Promise<void> };

const MILLRACE = resolve(import.meta.dirname, '../../../cli/bin/millrace.js');

export type Store = { redisUrl: string; namespace: string };

export async function startDriver(store: Store): Promise<Role & { address: string; health: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const health = `127.0.0.1:${await freePort()}`;
  const role = await startRole('driver', store, () => ['driver', '--listen', address, '--health', health]);
  return { ...role, address, health };
}

export function startExecutor(name: string, options: { driver: string; lanes: number; store: Store }): Promise<Role> {
  const { driver, lanes, store } = options;
  return startRole(name, store, (folder) => [
    ...['executor', '--id', name, '--driver', driver, '--lanes', String(lanes)],
    ...['--lane-memory', '512MiB', '--scratch', join(folder, 'scratch')],
  ]);
}

/** Runs a command of the CLI to its end. Rejects with what it printed when it fails. */
export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MILLRACE, ...args], {
    env: { ...process.env, ...env },
  });
  return stdout;
}

async function startRole(name: string, store: Store, args: (folder: string) => string[]): Promise<Role> {
  const folder = createServerFolder(name);
  const server = await startServerProcess({
    command: process.execPath,
    args: [MILLRACE, ...args(folder), '--store', store.redisUrl, '--namespace', store.namespace],
    cwd: folder,
    logPath: join(folder, `${name}.log`),
    folder,
  });
  return {
    name,
    server,
    async stop() {
      await server.kill();
      removeServerFolder(folder);
    },
  };
}
