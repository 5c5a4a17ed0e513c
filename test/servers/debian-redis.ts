import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { announce } from './announce.ts';
import { cached } from './cached.ts';
import { runCommand } from './command.ts';

/** What redis-server is linked with beyond what the smallest Debian or Ubuntu carries; unpacking one too many does no harm. */
const PACKAGES = ['redis-server', 'redis-tools'];
const LIBRARIES = ['liblzf1', 'libjemalloc2', 'libatomic1', 'liblua5.1-0', 'lua-cjson', 'lua-bitop', 'libhiredis0.14'];

/** Debian's Redis unpacked into the cache folder: nothing is installed and nobody needs to be root. */
export async function fetchDebianRedis(): Promise<{ command: string; libraryFolders: string[] }> {
  const root = await cached('redis-debian', async (folder) => {
    announce('fetching Redis (its Debian package, into .cache, about 2 MB)');
    await download(folder);
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.deb'))) {
      await runCommand('dpkg-deb', ['-x', name, 'root'], { cwd: folder });
    }
    rmSync(join(folder, 'apt'), { recursive: true, force: true });
    const unpacked = launch(folder);
    await runCommand(unpacked.command, ['--version'], { env: libraryPath(unpacked.libraryFolders) });
  });
  return launch(root);
}

/** The environment that lets a program find libraries in `folders` first. */
export function libraryPath(folders: readonly string[]): NodeJS.ProcessEnv {
  if (folders.length === 0) return process.env;
  return { ...process.env, LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
}

function launch(folder: string): { command: string; libraryFolders: string[] } {
  const libraries = join(folder, 'root/usr/lib');
  const triplets = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.includes('-linux-')) : [];
  return {
    command: join(folder, 'root/usr/bin/redis-server'),
    libraryFolders: triplets.map((name) => join(libraries, name)),
  };
}

async function download(folder: string): Promise<void> {
  try {
    await downloadWith([], folder);
  } catch {
    // Minimal images ship without package lists, long-lived machines with stale ones.
    announce('asking apt for fresh package lists');
    const options = await refreshedLists(folder);
    await downloadWith(options, folder);
  }
}

async function downloadWith(options: readonly string[], folder: string): Promise<void> {
  const policy = await runCommand('apt-cache', [...options, 'policy', ...LIBRARIES]);
  const libraries = LIBRARIES.filter((name) =>
    new RegExp(`^${name}:\\n.*\\n  Candidate: (?!\\(none\\))`, 'm').test(policy),
  );
  await runCommand('apt-get', [...options, 'download', ...PACKAGES, ...libraries], { cwd: folder });
}

/** Fetches package lists, into the machine's place where we may, else into `folder`; the options under which apt sees them. */
async function refreshedLists(folder: string): Promise<string[]> {
  if (process.getuid?.() === 0) {
    await runCommand('apt-get', ['update']);
    return [];
  }
  const state = join(folder, 'apt');
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(state, name), { recursive: true });
  const options = ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${state}`];
  await runCommand('apt-get', [...options, 'update']);
  return options;
}
