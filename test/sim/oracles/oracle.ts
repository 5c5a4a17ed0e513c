import type { CompiledShape } from '../cluster/job-shape.ts';
import type { CommitStep, StoreStep } from '../world/store.ts';
import type { LogLine, World } from '../world/world.ts';
import type { History } from './history.ts';

export type Evidence = { world: World; job: CompiledShape; history: History };

/** Watches one promise. A broken one throws Violation. */
export type Oracle = {
  name: string;
  /** The store has taken this step; `history` is what was before. */
  beforeStep?(evidence: Evidence, step: StoreStep): void;
  /** `history` holds the step. */
  afterStep?(evidence: Evidence, step: StoreStep): void | Promise<void>;
  /** A process was refused a step by the store, or heard nothing of it. */
  onRefused?(method: CommitStep, error: unknown): void;
  onLog?(line: LogLine): void;
  /** All faults were healed and all input is through. */
  atEnd?(evidence: Evidence): void | Promise<void>;
};

export class Violation extends Error {}

export function demand(condition: boolean, broken: () => string): void {
  if (!condition) throw new Violation(broken());
}

/** The commit of a batch that was not committed before; null for any other step. */
export function newCommit({ history }: Evidence, step: StoreStep) {
  if (step.method !== 'commit' || step.args[2].batchId < history.commits.length) return null;
  return { entry: step.args[2], change: step.args[3] };
}
