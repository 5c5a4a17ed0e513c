import { join, resolve } from 'node:path';
import { freePort } from '../../servers/free-port.ts';
import { createServerFolder, removeServerFolder } from '../../servers/server-folder.ts';
import { type ServerProcess, startServerProcess } from '../../servers/server-process.ts';

/** A driver or an executor, started as a person would: through the command. */
export type RoleProcess = {
  readonly name: string;
  readonly server: ServerProcess;
  /** SIGKILL, and its folder is removed. */
  stop(): Promise<void>;
};

export const MILLRACE = resolve(import.meta.dirname, '../../../cli/bin/millrace.js');

/** Lane threads share two cores with brokers and other tests; what they hold is small. */
const LANE_MEMORY = '256MiB';

/** `replicas`: of Redis, that every write waits for. */
export type RoleStore = { redisUrl: string; namespace: string; replicas: number };

export function startDriverProcess(address: string, store: RoleStore): Promise<RoleProcess> {
  return startRole('driver', () => ['driver', '--listen', address, '--health', '127.0.0.1:0', ...storeFlags(store)]);
}

export type ExecutorProcessOptions = {
  id: string;
  lanes: number;
  driver: string;
  /** Where it listens; another address may be told to the others. */
  listen: string;
  advertise: string;
  /** A folder of its own unless told. */
  scratch?: string | undefined;
  store: RoleStore;
};

export function startExecutorProcess(options: ExecutorProcessOptions): Promise<RoleProcess> {
  const { id, lanes, driver, listen, advertise, scratch, store } = options;
  const size = ['--lanes', String(lanes), '--lane-memory', LANE_MEMORY, '--prefetch', '32MB'];
  const place = ['--driver', driver, '--id', id, '--listen', listen, '--advertise', advertise];
  return startRole(id, (folder) => [
    'executor',
    ...place,
    ...size,
    '--scratch',
    scratch ?? folder,
    ...storeFlags(store),
  ]);
}

export const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`;

const storeFlags = ({ redisUrl, namespace, replicas }: RoleStore) => [
  ...['--store', redisUrl, '--namespace', namespace, '--store-replicas', String(replicas)],
];

async function startRole(name: string, args: (folder: string) => string[]): Promise<RoleProcess> {
  const folder = createServerFolder(name);
  const server = await startServerProcess({
    command: process.execPath,
    args: [MILLRACE, ...args(folder)],
    cwd: folder,
    logPath: join(folder, `${name}.log`),
    folder,
  });
  return {
    name,
    server,
    stop: async () => {
      await server.kill();
      removeServerFolder(folder);
    },
  };
}
