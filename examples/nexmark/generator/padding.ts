import type { Draws } from './draws.ts';
import type { LineWriter } from './line-writer.ts';
import type { TextPool } from './text-pool.ts';

/** Fillings differ in length by up to a fifth of what is missing, either way. */
const SPREAD = 0.2;

/** Fills an event up to its average size. Nothing for one that is larger already. */
export function writePadding(line: LineWriter, draws: Draws, pool: TextPool, missingBytes: number): void {
  if (missingBytes <= 0) return;
  const spread = Math.round(missingBytes * SPREAD);
  const length = missingBytes - spread + draws.below(2 * spread + 1);
  const start = draws.below(pool.length - length);
  line.stretch(pool, start, start + length);
}
