// File steps that survive a power cut: contents first, then the name, then the folder that holds the name.
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Also across file systems, where a rename cannot go. `to` never shows a part of the file. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeDurableFolder(dirname(to));
  const moving = `${to}.moving`;
  try {
    await rename(from, moving);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyFile(from, moving);
    await rm(from, { force: true });
  }
  await syncPath(moving);
  await renameDurably(moving, to);
}

/** Both names lie in the same file system. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncPath(dirname(to));
}

/**
 * Replaces `path` as a whole, by way of the file `writing`, which nobody else uses: no reader of `path`'s folder sees a part of it, or
 * what a writer that was killed has left.
 */
export async function writeDurably(path: string, text: string, writing: string): Promise<void> {
  await Promise.all([makeDurableFolder(dirname(path)), makeDurableFolder(dirname(writing))]);
  const file = await open(writing, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameDurably(writing, path);
}

export async function makeDurableFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first !== undefined) await syncPath(dirname(first));
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
