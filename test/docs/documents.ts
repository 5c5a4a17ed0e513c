import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export type Document = { path: string; text: string };

/** Every document of the repository. */
export const DOCUMENTS: readonly Document[] = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|\.cache|\.turbo)$/.test(path),
})
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

export function documentAt(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export type Fence = { language: string; info: string; text: string };

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

/** Fenced blocks, in order; `info` is what follows the language. */
export function fencesOf(text: string): Fence[] {
  return [...text.matchAll(FENCE)].map(([, opening = '', body = '']) => {
    const [language = '', ...info] = opening.trim().split(/\s+/);
    return { language, info: info.join(' '), text: body };
  });
}

export const withoutFences = (text: string): string => text.replace(FENCE, '');
