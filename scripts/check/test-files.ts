import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Benchmarks measure; they are run by `npm run bench`. */
const EXCLUDED = ['test/bench/'];

/** Every test file, relative to `root`, in a stable order. */
export function testFiles(root: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** Those whose path contains one of `filters`; all when there is none. */
export function selectTestFiles(paths: readonly string[], filters: readonly string[]): string[] {
  return paths
    .filter((path) => !EXCLUDED.some((prefix) => path.startsWith(prefix)))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)));
}

/** Whether any of the files shares servers. A file that comes to them by a detour starts its own: slower, not wrong. */
export function needServers(root: string, paths: readonly string[]): boolean {
  return paths.some((path) => readFileSync(join(root, path), 'utf8').includes('sharedServers'));
}
