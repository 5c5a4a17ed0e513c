import type { Dice } from '../sim/world/random.ts';

/** What is fed with inputs that nobody would write. A module of a target exports one as `target`. */
export type FuzzTarget = {
  name: string;
  /** Makes an input of known ones, as the dice decide and nothing else. */
  mutate(corpus: readonly Buffer[], dice: Dice): Buffer;
  /** Takes the input as Millrace does. Throws when what happens may not happen, whatever the input is. */
  check(input: Buffer): void;
};
