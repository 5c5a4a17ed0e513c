// Feeds inputs to a target until the time is over or it dies of one; run-fuzz.ts watches it from outside.
//   argv: module of the target, seed, first index, file for the index being tried, milliseconds
import { openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { readCorpus } from './corpus.ts';
import { inputAt } from './fuzz-input.ts';
import type { FuzzTarget } from './fuzz-target.ts';

export type FuzzNews = { kind: 'finding'; index: number; message: string } | { kind: 'end'; next: number };

/** Then messages get out. */
const INPUTS_AT_ONCE = 100;
/** More than a batch may be when it is unpacked, twice over, and more than any spec is worth. */
const MEMORY_BYTES_MAX = 1_000_000_000;

const [module, seed, from, progressFile, spanMs] = process.argv.slice(2) as [string, string, string, string, string];
const { target } = (await import(module)) as { target: FuzzTarget };
const corpus = readCorpus(target.name).map(({ bytes }) => bytes);
const progress = openSync(progressFile, 'w');
const tell = (news: FuzzNews) => process.send!(news);

function tryOne(index: number): void {
  writeSync(progress, String(index).padStart(16), 0);
  try {
    target.check(inputAt(target, corpus, Number(seed), index));
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    if (arrayBuffers + heapUsed < MEMORY_BYTES_MAX) return;
    globalThis.gc!();
    const kept = process.memoryUsage();
    if (arrayBuffers - kept.arrayBuffers > MEMORY_BYTES_MAX) throw new Error(`it took ${arrayBuffers} bytes of memory`);
  } catch (error) {
    tell({ kind: 'finding', index, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const endMs = performance.now() + Number(spanMs);
let index = Number(from);
while (performance.now() < endMs) {
  for (let left = INPUTS_AT_ONCE; left > 0 && performance.now() < endMs; left--) tryOne(index++);
  await setImmediate();
}
tell({ kind: 'end', next: index });
process.disconnect();
