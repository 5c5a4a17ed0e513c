import type { Process } from './scheduler.ts';

/**
 * A moment of the protocol: a process sends this message (its call, or the answer to one), or a server has just taken
 * this step for it and has not answered yet.
 */
export type Point = { what: string; process: Process };

/** Where something can be made to go wrong at an exact moment. */
export type Points = {
  /** Springs the first trap that waits for it. */
  reach(point: Point): void;
  /** `spring` may stop the process: then the message is not sent, or the answer has nobody to come to. Gives what disarms it. */
  trap(matches: (point: Point) => boolean, spring: (process: Process) => void): () => void;
};

export function createPoints(): Points {
  const traps = new Map<(point: Point) => boolean, (process: Process) => void>();
  return {
    reach(point) {
      for (const [matches, spring] of traps) {
        if (!matches(point)) continue;
        traps.delete(matches);
        return spring(point.process);
      }
    },
    trap(matches, spring) {
      traps.set(matches, spring);
      return () => void traps.delete(matches);
    },
  };
}
