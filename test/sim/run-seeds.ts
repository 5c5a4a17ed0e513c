import { Worker } from 'node:worker_threads';
import type { SeedResult } from './run-seed.ts';
import type { SeedRange, SeedsDone } from './seed-worker.ts';

export type SeedsResult = { seeds: number; failed: SeedResult[]; events: number; batches: number; virtualMs: number };

/** A seed leaves nothing behind that is wanted: with room for it, collecting takes a sixth less of all time. */
const YOUNG_GENERATION_MB = 128;

/** Handed to a worker at a time: small, so that all end together and progress is told often. */
const SEEDS_AT_ONCE = 25;

/**
 * Of one worker: processes that were killed in a seed never come to their end, and Node keeps the signals they listened to,
 * 190 kB a seed.
 */
const WORKER_SEEDS_MAX = 2_000;

/** Runs the seeds `from`, `from + 1` … on `workers` threads. `onProgress` is told after every few; false: that is enough. */
export async function runSeeds(
  { from, count }: SeedRange,
  workers: number,
  onProgress: (soFar: SeedsResult) => boolean = () => true,
): Promise<SeedsResult> {
  const total: SeedsResult = { seeds: 0, failed: [], events: 0, batches: 0, virtualMs: 0 };
  const end = from + count;
  let next = from;
  const nextRange = (): SeedRange | null => {
    if (next >= end) return null;
    const range = { from: next, count: Math.min(SEEDS_AT_ONCE, end - next) };
    next += range.count;
    return range;
  };
  const add = ({ range, failed, ...sums }: SeedsDone) => {
    total.seeds += range.count;
    total.failed.push(...failed);
    total.events += sums.events;
    total.batches += sums.batches;
    total.virtualMs += sums.virtualMs;
    if (!onProgress(total)) next = end;
  };
  const replaceWorkers = async () => {
    while (next < end) await work(nextRange, add);
  };
  await Promise.all(Array.from({ length: workers }, replaceWorkers));
  total.failed.sort((a, b) => a.seed - b.seed);
  return total;
}

/** One worker, until it has had its share or all are through. */
async function work(nextRange: () => SeedRange | null, add: (done: SeedsDone) => void): Promise<void> {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
  const worker = new Worker(new URL('seed-worker.ts', import.meta.url), { resourceLimits });
  const died = Promise.withResolvers<never>();
  worker.on('error', died.reject);
  try {
    for (let seeds = 0; seeds < WORKER_SEEDS_MAX; seeds += SEEDS_AT_ONCE) {
      const range = nextRange();
      if (range === null) return;
      const done = new Promise<SeedsDone>((resolve) => worker.once('message', resolve));
      worker.postMessage(range);
      add(await Promise.race([done, died.promise]));
    }
  } finally {
    died.promise.catch(() => {});
    await worker.terminate();
  }
}
