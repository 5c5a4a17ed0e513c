import type { Cluster } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Dice } from '../world/random.ts';

/** Something that goes wrong, chosen and begun at once. */
export type Trouble = {
  /** For the script: who, and what. */
  text: string;
  /** Ends it; healing ends whatever is left. */
  end?(): void;
};

export type Fault = {
  /** How often, against the others. */
  weight: number;
  /** Null: there is nothing now that this could happen to. */
  begin(cluster: Cluster, dice: Dice): Trouble | null;
};

/** Longest of a fault that has an end. ms. Past every lease, so that the world has gone on when its victim is back. */
export const FAULT_MAX_MS = 10_000;

export const upOf = (nodes: readonly Node[]): Node[] => nodes.filter((node) => node.isUp());

/** One of those that run. */
export function victimOf(nodes: readonly Node[], dice: Dice): Node | null {
  const up = upOf(nodes);
  return up.length === 0 ? null : dice.oneOf(up);
}
