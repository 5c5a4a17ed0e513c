import { mulberry } from '../../shared/sql/differential.ts';

/** Everything random about a query comes from here, so that a seed is a query. */
export type Draws = {
  /** A whole number below the limit. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
  /** A name that nothing else has. */
  fresh(prefix: string): string;
};

export function createDraws(seed: number): Draws {
  const random = mulberry(seed * 104729 + 3);
  const below = (limit: number) => Math.floor(random() * limit);
  let names = 0;
  return {
    below,
    pick: (items) => items[below(items.length)]!,
    chance: (probability) => random() < probability,
    fresh: (prefix) => `${prefix}${++names}`,
  };
}
