import { MillraceError } from '@millrace/shared/errors';
import type { Operator, StateTable } from '@millrace/shared/plan';
import type { SqlSession } from '../compute/sql-session.ts';
import { quoteName, timestampOf } from '../compute/sql-text.ts';
import type { LaneSlice, StateFile } from '../lanes/messages.ts';
import { compactionDue, type Growth } from './compaction-decision.ts';
import { chooseIndex, type IndexUse, NO_INDEX } from './index-decision.ts';
import { emptyStateTable, loadStateTable } from './load-state.ts';
import { allowLookups, buildIndex, dropIndex, LOOKUP_KEYS_DEFAULT, lookupKeysOf } from './lookup-index.ts';
import { bringBack, moveAside } from './pending-rows.ts';
import { EMPTY_VERSION, resolveState, wantedVersion } from './resolve-state.ts';
import { endingOf, type Reached, reachedBefore, type TimesBefore } from './state-ending.ts';

export type StatefulOperator = Operator & { state: StateTable };

/** Pending rows of one attempt, waiting to hear whether the batch was committed with them. */
export type PendingState = {
  name: string;
  batchId: number;
  attemptId: string;
  /** By its batch. */
  reached: Reached;
  rows: number;
  /** Of the state table once they are adopted. */
  tableRows: number;
  /** How many keys the batch looked up at most. */
  keys: number;
};

/**
 * State of all operators for one slice (a set of state partitions) of one job, in a connection of its own: its tables
 * are temporary, so slices that share a lane never meet.
 *
 * The rows of the latest attempt stay where its statements made them (`pendingRelation`), since that is what almost
 * always is adopted; they move aside only when another attempt runs first. Every pending version is computed on top of
 * the adopted one: adopting one, or building the table anew, drops all others.
 */
export type SliceState = {
  readonly session: SqlSession;
  readonly partitions: readonly number[];
  /**
   * Brings all operators to the wanted versions and removes what had ended by the last committed batch; gives the operators
   * that must be restored.
   */
  bring(slice: LaneSlice, operators: readonly StatefulOperator[], before: TimesBefore): Promise<string[]>;
  /** Of an operator that was brought to its version before. */
  addPending(operatorId: string, pending: PendingState): void;
  restore(
    slice: LaneSlice,
    operators: readonly StatefulOperator[],
    files: readonly StateFile[],
    before: TimesBefore,
  ): Promise<void>;
  /** The batch is over: adopts what was committed, drops the rest of it. */
  finishBatch(batchId: number, adoptedBlobs: ReadonlySet<string>): Promise<void>;
  dropBatch(batchId: number): Promise<void>;
  close(): void;
};

type Held = {
  operator: StatefulOperator;
  adopted: string | null;
  /** What the adopted rows were evicted up to last; null: not known, or never. */
  evictedToMs: number | null;
  growth: Growth;
  index: IndexUse;
  /** `aside`: where the rows were moved to; null while they are in place. */
  pending: (PendingState & { aside: string | null })[];
};

const EMPTY: Growth = { adoptedRows: 0, rowsThen: 0 };

/** `memoryMaxBytes`: what the lane's database may take. */
export type SliceStateOptions = { statePartitions: number; memoryMaxBytes: number };

export function openSliceState(
  session: SqlSession,
  partitions: readonly number[],
  { statePartitions, memoryMaxBytes }: SliceStateOptions,
): SliceState {
  const held = new Map<string, Held>();
  let movedAside = 0;
  let lookupKeysMax = LOOKUP_KEYS_DEFAULT;

  function holderOf(operator: StatefulOperator): Held {
    const known = held.get(operator.id);
    if (known) return known;
    const fresh: Held = {
      operator,
      adopted: null,
      evictedToMs: null,
      growth: { ...EMPTY },
      index: NO_INDEX,
      pending: [],
    };
    held.set(operator.id, fresh);
    return fresh;
  }

  async function makeRoom(holder: Held): Promise<void> {
    const inPlace = holder.pending.find(({ aside }) => aside === null);
    if (!inPlace) return;
    const { pendingRelation } = holder.operator.state;
    const aside = `__pending_${++movedAside}`;
    await session.run(moveAside(pendingRelation, aside));
    inPlace.aside = aside;
  }

  async function dropPending(holder: Held, which: (pending: PendingState) => boolean): Promise<void> {
    const dropped = holder.pending.filter(which);
    holder.pending = holder.pending.filter((pending) => !which(pending));
    for (const { aside } of dropped) if (aside !== null) await session.run(`DROP TABLE IF EXISTS ${aside}`);
  }

  async function adopt(holder: Held, name: string): Promise<void> {
    const { state, id } = holder.operator;
    const { aside, rows, tableRows, keys } = holder.pending.find((candidate) => candidate.name === name)!;
    const backInPlace = aside === null ? [] : bringBack(state.pendingRelation, aside);
    // What a batch adds comes after all that was forgotten before it.
    const evictedToMs = state.ttl ? holder.evictedToMs : null;
    // Until all statements have run the table is no known version: a failure in between means a restore.
    holder.adopted = null;
    holder.evictedToMs = null;
    const index = state.hashed ? chooseIndex(holder.index, { rows: tableRows, keys }, memoryMaxBytes) : NO_INDEX;
    holder.growth.adoptedRows += rows;
    const isCompacted = state.compact !== null && compactionDue(holder.growth);
    if (!index.indexed || isCompacted) await setIndexed(holder, false);
    await session.run([...backInPlace, ...state.adopt].join(';\n'), { operator: id });
    if (isCompacted) await compact(holder, state.compact!);
    if (index.indexed) await setIndexed(holder, true);
    holder.index = index;
    await setLookups(holder, tableRows);
    holder.evictedToMs = evictedToMs;
    holder.adopted = name;
    await dropPending(holder, () => true);
  }

  async function compact(holder: Held, statements: readonly string[]): Promise<void> {
    const { state, id: operator } = holder.operator;
    await session.run(statements.join(';\n'), { operator });
    const [row] = await session.rows(`SELECT count(*) FROM ${quoteName(state.table)}`, { operator });
    holder.growth = { adoptedRows: 0, rowsThen: Number(row?.[0]) };
  }

  async function setIndexed(holder: Held, indexed: boolean): Promise<void> {
    const { state, id: operator } = holder.operator;
    if (holder.index.indexed === indexed) return;
    await session.run(indexed ? buildIndex(state.table) : dropIndex(state.table), { operator });
    holder.index = { ...holder.index, indexed };
  }

  /** Lets DuckDB ask an index for as many keys as that is faster for; without any it asks for none, as that costs something too. */
  async function setLookups({ index }: Held, tableRows: number): Promise<void> {
    const isAnyIndexed = [...held.values()].some((other) => other.index.indexed);
    const own = index.indexed ? lookupKeysOf(tableRows) : 0;
    const keysMax = isAnyIndexed ? Math.max(lookupKeysMax, own) : LOOKUP_KEYS_DEFAULT;
    if (keysMax === lookupKeysMax) return;
    await session.run(allowLookups(keysMax));
    lookupKeysMax = keysMax;
  }

  /** Mostly finishBatch has done it before the next task asks, or nothing has ended since. */
  async function evict(holder: Held, reached: Reached): Promise<void> {
    const { state, id } = holder.operator;
    const ending = endingOf(state, reached);
    if (ending === null) return;
    const { sql, everyMs, variable, toMs } = ending;
    const step = (ms: number) => Math.floor(ms / everyMs);
    if (holder.evictedToMs !== null && step(holder.evictedToMs) === step(toMs)) return;
    await session.set({ [variable]: timestampOf(toMs) });
    await session.run(sql, { operator: id });
    holder.evictedToMs = toMs;
  }

  async function bringOne(operator: StatefulOperator, wanted: string, before: TimesBefore): Promise<boolean> {
    const holder = holderOf(operator);
    const resolution = resolveState(
      { adopted: holder.adopted, pending: holder.pending.map(({ name }) => name) },
      wanted,
    );
    switch (resolution.kind) {
      case 'restore':
        return false;
      case 'adopt':
        await adopt(holder, resolution.name);
        break;
      case 'startEmpty':
        await dropPending(holder, () => true);
        await session.run(emptyStateTable(operator.state));
        holder.growth = { ...EMPTY };
        holder.index = NO_INDEX;
        holder.adopted = EMPTY_VERSION;
        holder.evictedToMs = null;
        break;
      case 'ready':
        await makeRoom(holder);
        break;
      default:
        resolution satisfies never;
    }
    await evict(holder, reachedBefore(before));
    return true;
  }

  return {
    session,
    partitions,
    async bring(slice, operators, before) {
      const missing: string[] = [];
      for (const operator of operators) {
        const blobs = slice.state.find(({ operatorId }) => operatorId === operator.id)?.blobs ?? [];
        if (!(await bringOne(operator, wantedVersion(blobs), before))) missing.push(operator.id);
      }
      return missing;
    },
    addPending(operatorId, pending) {
      held.get(operatorId)!.pending.push({ ...pending, aside: null });
    },
    async restore(slice, operators, files, before) {
      for (const { operatorId, blobs } of slice.state) {
        const operator = operators.find(({ id }) => id === operatorId);
        if (!operator) throw new MillraceError('INTERNAL', `The plan has no stateful operator ${operatorId}.`);
        const holder = holderOf(operator);
        holder.adopted = null;
        holder.evictedToMs = null;
        await dropPending(holder, () => true);
        const own = files.filter((file) => file.operatorId === operatorId);
        const ttlSinceMs = before.ttl?.sinceMs ?? null;
        const load = loadStateTable(operator.state, own, partitions, { statePartitions, ttlSinceMs });
        const rowsThen = await session.run(load, { operator: operatorId });
        holder.growth = { adoptedRows: 0, rowsThen };
        holder.index = NO_INDEX;
        await evict(holder, reachedBefore(before));
        holder.adopted = wantedVersion(blobs);
      }
    },
    async finishBatch(batchId, adoptedBlobs) {
      for (const holder of held.values()) {
        const committed = holder.pending.find(
          (pending) => pending.batchId === batchId && adoptedBlobs.has(pending.name),
        );
        if (!committed) {
          await dropPending(holder, (pending) => pending.batchId <= batchId);
          continue;
        }
        await adopt(holder, committed.name);
        // The batch is committed, so it is the previous one from now on.
        await evict(holder, committed.reached);
      }
    },
    async dropBatch(batchId) {
      for (const holder of held.values()) await dropPending(holder, (pending) => pending.batchId === batchId);
    },
    close: () => session.close(),
  };
}
