// A thread that runs seeds, so that all cores do. A world keeps to its thread.
import { parentPort } from 'node:worker_threads';
import { runSeed, type SeedResult } from './run-seed.ts';

export type SeedRange = { from: number; count: number };
export type SeedsDone = { range: SeedRange; failed: SeedResult[]; events: number; batches: number; virtualMs: number };

// Errors are ordinary here, and nobody reads their stacks.
Error.stackTraceLimit = 0;

parentPort!.on('message', async (range: SeedRange) => {
  const done: SeedsDone = { range, failed: [], events: 0, batches: 0, virtualMs: 0 };
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const result = await runSeed(seed);
    if (result.failure) done.failed.push(result);
    done.events += result.events;
    done.batches += result.batches;
    done.virtualMs += result.virtualMs;
  }
  parentPort!.postMessage(done);
});
