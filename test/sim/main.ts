// `npm run sim`: the protocol under simulated faults, seed by seed.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeed, type SeedResult } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';

const USAGE = `npm run sim -- [options]

Runs the real protocol of drivers and executors on a simulated network, clock, store, Kafka and disk, breaks what can
break, and holds what they did against what they promise.

  --seeds N     so many seeds (1000)
  --from S      the first of them (1)
  --until-broken  end with the first seed that breaks a promise
  --seed S      one seed, and its script: what went wrong, what was said, what was committed
  --events      with --seed: every single event as well
  --workers N   threads (cores of this machine: ${availableParallelism()})
  --help        this text

Exit code 1: some seed broke a promise. The same seed does the same again, on any machine.`;

/** Failing seeds whose scripts are printed; what the others say is often the same. */
const SCRIPTS_MAX = 3;
const PROGRESS_EVERY_MS = 5_000;

const OPTIONS = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  'until-broken': { type: 'boolean', default: false },
  events: { type: 'boolean', default: false },
  workers: { type: 'string', default: String(availableParallelism()) },
  help: { type: 'boolean', default: false },
} as const;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name}: '${text}' is not a whole number`);
}

async function replay(seed: number, everyEvent: boolean): Promise<SeedResult> {
  const print = (atMs: number, text: string) => console.log(`${(atMs / 1_000).toFixed(3).padStart(8)} s  ${text}`);
  const listener = everyEvent ? { tell: print, event: (line: string) => console.log(`  ${line}`) } : { tell: print };
  const result = await runSeed(seed, listener);
  const { failure, batches, events, traceHash } = result;
  const verdict = failure ? `BROKEN: ${failure.oracle}: ${failure.message}` : 'every promise kept';
  console.log(`seed ${seed}: ${verdict} (${batches} batches, ${events} events, trace ${traceHash})`);
  return result;
}

const brokenLine = ({ seed, failure }: SeedResult) => `✖ seed ${seed}: ${failure?.oracle}: ${failure?.message}`;

async function runMany(from: number, count: number, workers: number, untilBroken: boolean): Promise<number> {
  const startedMs = performance.now();
  let toldMs = startedMs;
  const perSecond = (seeds: number) => Math.round((seeds / (performance.now() - startedMs)) * 1_000);
  let toldBroken = 0;
  const { seeds, failed, batches, events, virtualMs } = await runSeeds({ from, count }, workers, (soFar) => {
    if (performance.now() - toldMs >= PROGRESS_EVERY_MS) {
      toldMs = performance.now();
      console.log(
        `${soFar.seeds} of ${count} seeds, ${soFar.failed.length} broken, ${perSecond(soFar.seeds)} a second`,
      );
    }
    for (; toldBroken < soFar.failed.length; toldBroken++) console.log(brokenLine(soFar.failed[toldBroken]!));
    return !untilBroken || soFar.failed.length === 0;
  });
  for (const { seed } of failed.slice(0, SCRIPTS_MAX)) await replay(seed, false);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  console.log(
    `${seeds} seeds from ${from}: ${failed.length} broken; ${batches} batches, ${events} events, ${hours} hours of ` +
      `virtual time in ${Math.round((performance.now() - startedMs) / 1_000)} s (${perSecond(seeds)} seeds a second)`,
  );
  return failed.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.seed !== undefined) {
    return (await replay(wholeNumber('seed', values.seed), values.events)).failure ? 1 : 0;
  }
  const numberOf = (name: 'seeds' | 'from' | 'workers') => wholeNumber(name, values[name]);
  return runMany(numberOf('from'), numberOf('seeds'), Math.max(1, numberOf('workers')), values['until-broken']);
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 2;
});
