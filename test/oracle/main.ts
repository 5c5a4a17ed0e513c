// `npm run oracle`: random queries, run in steps, against DuckDB's answer over all rows.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { QuerySeed } from './run-query-seed.ts';

const USAGE = `npm run oracle -- [options]

Makes up queries over two small relations with NULLs everywhere (joins, aggregates, windows of event time, set operations,
subqueries, ranks, nested types, each inside of the others) and asks them in one output mode each, batch by batch, with random
partitions, idle ones among them, cuts, retries, lanes and late rows. What was put out after every batch must be DuckDB's answer over
all rows so far but the late ones; of append output, no row that changes later and all that can change no more.
A query that is wrong is made small and printed as a case for test/oracle/found-cases.ts.

  --seeds N     so many queries (1000)
  --from S      the seed of the first (1)
  --seed S      one query, and its text
  --workers N   threads (cores of this machine: ${availableParallelism()})
  --help        this text

Exit code 1: some answer differs, or a query was refused. The same seed makes the same query and rows, on any machine.`;

const OPTIONS = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  workers: { type: 'string', default: String(availableParallelism()) },
  help: { type: 'boolean', default: false },
} as const;

const PROGRESS_EVERY_MS = 10_000;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name}: '${text}' is not a whole number`);
}

async function run(from: number, count: number, workers: number, seen: (one: QuerySeed) => void): Promise<void> {
  const threads = Array.from({ length: Math.min(workers, count) }, (_, index) => {
    const workerData = { from: from + index, until: from + count, step: workers };
    const worker = new Worker(new URL('seed-worker.ts', import.meta.url), { workerData });
    worker.on('message', seen);
    return once(worker, 'exit');
  });
  await Promise.all(threads);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const single = values.seed === undefined ? null : wholeNumber('seed', values.seed);
  const from = single ?? wholeNumber('from', values.from);
  const count = single === null ? wholeNumber('seeds', values.seeds) : 1;
  const startedMs = performance.now();
  let [done, failed, toldMs] = [0, 0, startedMs];
  await run(from, count, Math.max(1, wholeNumber('workers', values.workers)), ({ seed, mode, query, failure }) => {
    done += 1;
    if (single !== null) console.log(`${mode}: ${query}`);
    if (failure !== null) {
      failed += 1;
      console.log(`✖ seed ${seed}, ${mode}: ${query}\n${failure}`);
    }
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = performance.now();
    console.log(`${done} of ${count} queries, ${failed} wrong`);
  });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`${done} queries from seed ${from}: ${failed} wrong, in ${seconds} s`);
  return failed === 0 && done === count ? 0 : 1;
}

process.exitCode = await main();
