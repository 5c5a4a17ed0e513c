import { lstat, mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';

/** Folder of one incarnation: record files, shuffle blocks, spill, state on its way to and from the store. */
export type ScratchSpace = {
  dir: string;
  /** Bytes of the files in it now. */
  usedBytes(): Promise<number>;
  remove(): Promise<void>;
};

/** Below it not even one task of ordinary size has room. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;

/**
 * Makes `<base>/<pid>-<incarnation>` and removes what dead processes left in `base`, which belongs to one executor id.
 * INVALID_CONFIG when it cannot be written or is too small: better now than in the middle of a batch.
 */
export async function openScratchSpace(
  base: string,
  self: { pid: number; incarnation: string; isAlive(pid: number): boolean },
): Promise<ScratchSpace> {
  const dir = join(base, `${self.pid}-${self.incarnation}`);
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, '.writable'), '');
  } catch (cause) {
    throw new MillraceError('INVALID_CONFIG', `the scratch folder ${base} cannot be written`, {
      cause,
      hint: 'give another one with --scratch',
      details: { base },
    });
  }
  await removeStale(base, self);
  await checkRoom(base, dir);
  return { dir, usedBytes: () => bytesBelow(dir), remove: () => removeScratch(base, dir) };
}

/** In a container every process may have the same pid: what bears ours is from before. */
async function removeStale(base: string, self: { pid: number; incarnation: string; isAlive(pid: number): boolean }) {
  for (const name of await readdir(base)) {
    const match = /^(\d+)-(\w+)$/.exec(name);
    if (!match || match[2] === self.incarnation) continue;
    const pid = Number(match[1]);
    if (pid === self.pid || !self.isAlive(pid)) await rm(join(base, name), { recursive: true, force: true });
  }
}

async function checkRoom(base: string, dir: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= FREE_BYTES_MIN) return;
  await rm(dir, { recursive: true, force: true });
  throw new MillraceError('INVALID_CONFIG', `the scratch folder ${base} has ${freeBytes} bytes free`, {
    hint: `at least ${FREE_BYTES_MIN} are needed: mount a larger volume there, or give another folder with --scratch`,
    details: { base, freeBytes },
  });
}

/** The base is left when others of the same id still use it. */
async function removeScratch(base: string, dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  if ((await readdir(base).catch(() => ['?'])).length === 0) await rm(base, { recursive: true, force: true });
}

async function bytesBelow(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    // A file may be gone by now.
    .map((entry) =>
      lstat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
