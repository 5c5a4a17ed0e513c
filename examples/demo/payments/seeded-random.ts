import type { Random } from '@millrace/shared/clock';

const WORD = 2 ** 32;
const STEP = 0x6d2b79f5;

/** mulberry32: the same seed gives the same numbers on every machine. Uniform in [0, 1). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / WORD;
  };
}
