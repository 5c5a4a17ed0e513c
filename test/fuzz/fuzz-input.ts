import { diceOver, seededRandom, subSeed } from '../sim/world/random.ts';
import type { FuzzTarget } from './fuzz-target.ts';

/** Input number `index` of a seed: the same on every machine, whatever came before it. */
export function inputAt(target: FuzzTarget, corpus: readonly Buffer[], seed: number, index: number): Buffer {
  return target.mutate(corpus, diceOver(seededRandom(subSeed(seed, index))));
}
