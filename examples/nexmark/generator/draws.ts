import type { Random } from '@millrace/shared/clock';

/** Random numbers of one event at a time. */
export type Draws = {
  /** Starts the numbers of this event. They depend on the seed and on it alone, so any event can be made without those before. */
  begin(event: number): void;
  /** Uniform in [0, 1). */
  share: Random;
  /** Uniform among 0 … limit − 1. */
  below(limit: number): number;
  /** True with chance 1 − 1/ratio. */
  isHot(ratio: number): boolean;
};

const WORD = 2 ** 32;
const STEP = 0x6d2b79f5;
const EVENT_SPREAD = 0x9e3779b1;
const HIGH_SPREAD = 0x85ebca77;

/** mulberry32, begun anew at a place that is a hash of seed and event. */
export function createDraws(seed: number): Draws {
  const base = scramble((seed ^ EVENT_SPREAD) >>> 0);
  let state = base;
  const share = () => {
    state = (state + STEP) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / WORD;
  };
  return {
    begin(event) {
      const high = Math.floor(event / WORD);
      state = scramble(base ^ Math.imul(event >>> 0, EVENT_SPREAD) ^ Math.imul(high, HIGH_SPREAD));
    },
    share,
    below: (limit) => Math.floor(share() * limit),
    isHot: (ratio) => Math.floor(share() * ratio) > 0,
  };
}

/** Every bit of the input moves about half of the output's: the last steps of MurmurHash3. */
function scramble(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
