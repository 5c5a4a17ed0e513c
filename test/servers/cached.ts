import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What is fetched once and kept; git ignores it, deleting it is always safe. */
export const CACHE_FOLDER = resolve(import.meta.dirname, '../../.cache');

/**
 * The folder `.cache/<name>`, filled by `fill` when it is not there. It appears by a rename, so a fetch that was cut short
 * leaves nothing that looks whole; of two at the same time the first one stays.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const target = join(CACHE_FOLDER, name);
  if (existsSync(target)) return target;
  mkdirSync(CACHE_FOLDER, { recursive: true });
  const temporary = mkdtempSync(join(CACHE_FOLDER, `.${name}-`));
  try {
    await fill(temporary);
    renameSync(temporary, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}
