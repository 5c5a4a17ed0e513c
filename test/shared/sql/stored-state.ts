// State as it lies in the store: the deltas of all batches. Lanes may lose theirs after any batch and build it anew from them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { PARTITION_COLUMN, STATE_PARTITIONS, type Stage, type StateTable, toParquet } from '@millrace/shared/plan';
import type { StateFile } from '../../../executor/src/lanes/messages.ts';
import { loadStateTable } from '../../../executor/src/state/load-state.ts';
import { buildIndex } from '../../../executor/src/state/lookup-index.ts';
import { contentOf, sorted } from './plan-interpreter.ts';

export type StoredState = {
  /** Stores what the lane has just adopted, and perhaps builds its state anew. */
  keep(lane: DuckDBConnection, slice: number, stage: Stage): Promise<void>;
};

const ALL_PARTITIONS = Array.from({ length: STATE_PARTITIONS }, (_, partition) => partition);

/** `loses`: whether a lane loses the state of an operator after this batch. */
export function storeState(folder: string, loses: () => boolean): StoredState {
  const deltas = new Map<string, StateFile[]>();

  async function store(lane: DuckDBConnection, files: StateFile[], key: string, state: StateTable): Promise<void> {
    const columns = [...state.columns.map(({ name, type }) => toParquet(`"${name}"`, type)), PARTITION_COLUMN];
    const path = join(folder, `state-${key}-${files.length}.parquet`);
    await lane.run(`COPY (SELECT ${columns.join(', ')} FROM "${state.pendingRelation}") TO '${path}' (FORMAT parquet)`);
    files.push({ operatorId: key, name: path, path, kind: 'delta', partitions: ALL_PARTITIONS });
  }

  return {
    async keep(lane, slice, { operators }) {
      for (const { id, state } of operators) {
        if (state === null) continue;
        const key = `${id}-${slice}`;
        const files = deltas.get(key) ?? [];
        deltas.set(key, files);
        await store(lane, files, key, state);
        if (!loses()) continue;
        const before = await sorted(lane, contentOf(state));
        await lane.run(
          loadStateTable(state, files, ALL_PARTITIONS, { statePartitions: STATE_PARTITIONS, ttlSinceMs: null }),
        );
        if (state.hashed) await lane.run(buildIndex(state.table));
        assert.equal(await sorted(lane, contentOf(state)), before, `${id} comes back from the store as it was`);
      }
    },
  };
}
