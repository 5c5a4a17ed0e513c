import type { SqlSession } from '../compute/sql-session.ts';
import { openSliceState, type SliceState, type SliceStateOptions } from './slice-state.ts';

/** Batches after which a slice that no task asked for is let go: its partitions moved away. */
const UNUSED_BATCHES_MAX = 64;

/** All slices of one job that this lane serves. */
export type SliceStates = {
  /** The slice with exactly these partitions. Slices that overlap it are of an older layout and are let go. */
  take(partitions: readonly number[], batchId: number): Promise<SliceState>;
  finishBatch(batchId: number, adoptedBlobs: ReadonlySet<string>): Promise<void>;
  dropBatch(batchId: number): Promise<void>;
  close(): void;
};

export function holdSliceStates(openSession: () => Promise<SqlSession>, options: SliceStateOptions): SliceStates {
  const slices = new Map<string, { state: SliceState; usedInBatch: number }>();

  function letGo(which: (slice: { state: SliceState; usedInBatch: number }) => boolean): void {
    for (const [key, slice] of slices) {
      if (!which(slice)) continue;
      slice.state.close();
      slices.delete(key);
    }
  }

  return {
    async take(partitions, batchId) {
      const sorted = partitions.toSorted((a, b) => a - b);
      const key = sorted.join(',');
      const known = slices.get(key);
      if (known) {
        known.usedInBatch = Math.max(known.usedInBatch, batchId);
        return known.state;
      }
      const wanted = new Set(sorted);
      letGo(({ state }) => state.partitions.some((partition) => wanted.has(partition)));
      const state = openSliceState(await openSession(), sorted, options);
      slices.set(key, { state, usedInBatch: batchId });
      return state;
    },
    async finishBatch(batchId, adoptedBlobs) {
      for (const { state } of slices.values()) await state.finishBatch(batchId, adoptedBlobs);
      letGo(({ usedInBatch }) => usedInBatch < batchId - UNUSED_BATCHES_MAX);
    },
    async dropBatch(batchId) {
      for (const { state } of slices.values()) await state.dropBatch(batchId);
    },
    close: () => letGo(() => true),
  };
}
