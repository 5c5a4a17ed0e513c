import type { Dice } from '../../sim/world/random.ts';
import type { SoakCluster } from '../soak-cluster.ts';

/** What a fault finds when it begins: only what no other fault has in hand. */
export type Surroundings = {
  cluster: SoakCluster;
  dice: Dice;
  idleExecutors: readonly string[];
  /** Indexes into `cluster.drivers`. */
  idleDrivers: readonly number[];
  serversIdle: boolean;
  /** Something noteworthy about the fault that is not against a promise. */
  tell(text: string): void;
  /** Rejects when the soak is over. */
  wait(ms: number): Promise<void>;
};

/** Something that goes wrong, and what mends it: when `run` resolves, all is as it should be again. */
export type Trouble = { text: string; touches: readonly string[]; run(): Promise<void> };

export type Fault = {
  kind: string;
  /** How often, beside the others. */
  weight: number;
  /** Null: not now. Draws, and does nothing yet. */
  begin(surroundings: Surroundings): Trouble | null;
};

/** Touched by all faults of servers: one of them at a time. */
export const SERVERS = 'servers';

/** How long something stands still. */
export const PAUSE_MS = { min: 1_000, max: 20_000 } as const;

/** Between the death of something and its return. */
export const AWAY_MAX_MS = 5_000;
