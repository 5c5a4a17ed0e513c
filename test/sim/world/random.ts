import type { Random } from '@millrace/shared/clock';

/** Everything a seed decides comes from one of these. Uniform in [0, 1); mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for a part of the world, so that one part drawing more does not change what the others draw. */
export function subSeed(seed: number, part: number): number {
  return Math.imul(seed ^ Math.imul(part + 1, 0x9e3779b1), 0x85ebca6b) ^ (seed >>> 13);
}

export type Dice = {
  random: Random;
  /** Whole, from `min` to `max`. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  oneOf<T>(items: readonly T[]): T;
};

export function diceOver(random: Random): Dice {
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  return {
    random,
    between,
    chance: (probability) => random() < probability,
    oneOf: (items) => items[between(0, items.length - 1)]!,
  };
}
