// Node's own file functions, so that executors run as they are: a path below ROOT leads into the world that is running.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { type Files, nodeError } from './files.ts';
import type { Points } from './points.ts';
import type { Dice } from './random.ts';
import { type Process, runningProcess, type Scheduler } from './scheduler.ts';
import { HEALTHY, type ServerHealth } from './server-link.ts';

const ROOT = '/simulation';
/** Each executor's own: as quick as memory, and gone with it. */
export const SCRATCH = `${ROOT}/scratch`;
/** Shared by all executors, as a network file system is: every step takes time, and may fail. */
export const SHARED = `${ROOT}/shared`;

/** Of one step on the shared folder. ms. */
const STEP_MAX_MS = 2;
/** A folder that does not answer fails a step after this. ms. */
const STUCK_MS = 300;

export type FileWorld = { files: Files; shared: ServerHealth };

type Around = { scheduler: Scheduler; dice: Dice; points: Points };
type World = FileWorld & Around;
/** One world runs at a time in a thread. */
let mounted: World | null = null;

export function mountFiles(files: Files, around: Around): FileWorld {
  install();
  mounted = { files, shared: { ...HEALTHY }, ...around };
  return mounted;
}

async function step<Result>(path: string, take: (files: Files) => Result): Promise<Result> {
  const world = mounted;
  const process = runningProcess();
  if (!world || !process) throw new Error(`${path}: no simulation is running`);
  if (!path.startsWith(SHARED)) return take(world.files);
  return sharedStep(world, process, path, () => take(world.files));
}

function sharedStep<Result>(
  { scheduler, dice, points, shared }: World,
  process: Process,
  path: string,
  take: () => Result,
) {
  return new Promise<Result>((resolve, reject) => {
    const delayMs = shared.down ? STUCK_MS : shared.slowMs + dice.random() * STEP_MAX_MS;
    scheduler.after(delayMs, process, 'file step', () => {
      const refused = shared.down || dice.chance(shared.refuseProbability);
      if (refused) return reject(nodeError('EIO', path));
      try {
        const result = take();
        points.reach({ what: 'file step taken', process });
        if (dice.chance(shared.lostAnswerProbability)) reject(nodeError('ESTALE', path));
        else resolve(result);
      } catch (error) {
        reject(error);
      }
    });
  });
}

const bytesOf = (data: string | Uint8Array) => Buffer.from(data as Uint8Array);

/** By the names of node:fs/promises; only what executors call, with the arguments they call it with. */
const IN_MEMORY: Record<string, (path: string, ...rest: never[]) => Promise<unknown>> = {
  mkdir: (path) => step(path, (files) => files.makeFolder(path)),
  readFile: (path, encoding?: string) =>
    step(path, (files) => (encoding ? files.read(path).toString('utf8') : files.read(path))),
  writeFile: (path, data: string | Uint8Array) => step(path, (files) => files.write(path, bytesOf(data))),
  rename: (from, to: string) => step(to, (files) => files.rename(from, to)),
  copyFile: (from, to: string) => step(to, (files) => files.write(to, files.read(from))),
  rm: (path, options: { recursive?: boolean; force?: boolean } = {}) =>
    step(path, (files) => files.remove(path, options)),
  readdir: (path, options: { recursive?: boolean; withFileTypes?: boolean } = {}) =>
    step(path, (files) => {
      const entries = files.list(path, options.recursive ?? false);
      return options.withFileTypes ? entries : entries.map(({ name }) => name);
    }),
  stat: (path) => step(path, (files) => ({ size: files.sizeOf(path) })),
  lstat: (path) => step(path, (files) => ({ size: files.sizeOf(path) })),
  statfs: async () => ({ bavail: 2 ** 20, bsize: 4096 }),
  open: (path, flags: string) =>
    step(path, (files) => {
      const file = files.open(path, flags);
      return {
        read: async (buffer: Uint8Array, at: number, length: number) => ({ bytesRead: file.read(buffer, at, length) }),
        write: async (data: Uint8Array) => file.write(data),
        writeFile: (data: string) => step(path, () => file.replace(bytesOf(data))),
        sync: async () => {},
        close: async () => {},
      };
    }),
};

let installed = false;

/** Paths outside of ROOT go on to the disk. */
function install(): void {
  if (installed) return;
  installed = true;
  const real = fs as unknown as Record<string, (path: unknown, ...rest: unknown[]) => Promise<unknown>>;
  for (const [name, inMemory] of Object.entries(IN_MEMORY)) {
    const onDisk = real[name]!;
    real[name] = (path, ...rest) =>
      typeof path === 'string' && path.startsWith(ROOT) ? inMemory(path, ...(rest as never[])) : onDisk(path, ...rest);
  }
  syncBuiltinESMExports();
}
