import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import type { SummaryCounts } from './tally.ts';

/** Longest of an end-to-end test with real servers, several times over. */
const TEST_TIMEOUT_MS = 120_000;

/** The whole run: a file stuck in a loop that no test timeout can reach must not hold a build for ever. */
const RUN_TIMEOUT_MS = 45 * 60_000;

/** Files at once. Each may start processes of its own, so no more than the cores, and no more than shared servers serve well. */
const FILES_AT_ONCE_MAX = 4;

/** Sees to it that files end. */
const END_FILES = new URL('end-file.ts', import.meta.url).href;

export type TestRun = { counts: SummaryCounts | undefined; emptyFiles: string[] };

/** Runs test files, each in a process of its own, printing as they go. */
export async function runTests(root: string, paths: readonly string[], env: NodeJS.ProcessEnv): Promise<TestRun> {
  const files = paths.map((path) => join(root, path));
  const result: TestRun = { counts: undefined, emptyFiles: [] };
  const stream = run({
    cwd: root,
    files,
    concurrency: Math.min(availableParallelism(), FILES_AT_ONCE_MAX),
    // Not --test-force-exit: it cuts off what a file has not told yet, failures included.
    execArgv: [`--test-timeout=${TEST_TIMEOUT_MS}`, `--import=${END_FILES}`],
    env: { ...process.env, ...env },
    signal: AbortSignal.timeout(RUN_TIMEOUT_MS),
  });
  stream.on('test:pass', ({ name }) => {
    // A file stands in for its tests only when it has none.
    if (files.includes(name)) result.emptyFiles.push(relative(root, name));
  });
  stream.on('test:summary', ({ file, counts }) => {
    // The type declarations lack `failed`; the runner counts it.
    if (file === undefined) result.counts = counts as typeof counts & Pick<SummaryCounts, 'failed'>;
  });
  for await (const text of stream.compose(spec)) process.stdout.write(text);
  return result;
}
