import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const CORPUS = join(import.meta.dirname, 'corpus');

export type CorpusFile = { name: string; bytes: Buffer };

/** Valid inputs to start from, odd ones, and all that was ever found, by name. */
export function readCorpus(target: string, folder = CORPUS): CorpusFile[] {
  return readdirSync(join(folder, target))
    .toSorted()
    .map((name) => ({ name, bytes: readFileSync(join(folder, target, name)) }));
}

/** Keeps an input that broke something, so that it is tried for ever; gives its path. */
export function keepFinding(target: string, input: Buffer, folder = CORPUS): string {
  const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
  mkdirSync(join(folder, target), { recursive: true });
  const path = join(folder, target, name);
  writeFileSync(path, input);
  return path;
}
