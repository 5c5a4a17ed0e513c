// What the job computes, as the lanes and the oracles both have it. Pure. The lanes see it cut into tasks, slices and
// attempts; the oracles over all records of a batch at once.
import type { SourceRecord } from '../world/kafka.ts';
import { type JobShape, STATE_PARTITIONS, WINDOW_MS } from './job-shape.ts';

/** A group of rows, in a block or in the state. `endMs`: of its window; null without windows. */
export type Group = {
  key: string;
  endMs: number | null;
  count: number;
  sum: number;
  /** In state: the attempt that wrote it, and the one that wrote what it was computed on. */
  by?: string;
  on?: string;
};
export type Table = Map<string, Group>;
export type OutputRow = Record<string, string | number>;

export type Watermarks = { watermarkMs: number | null; previousWatermarkMs: number | null };

export const groupName = ({ key, endMs }: Pick<Group, 'key' | 'endMs'>): string => `${key}@${endMs ?? ''}`;

export function statePartitionOf(group: Pick<Group, 'key' | 'endMs'>): number {
  let hash = 7;
  for (const char of groupName(group)) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return (hash >>> 0) % STATE_PARTITIONS;
}

/** The map stage: one group for each key (and window) among the records. */
export function partialGroups({ query }: JobShape, records: readonly SourceRecord[]): Group[] {
  const groups: Table = new Map();
  for (const { key, value, eventMs } of records) {
    const endMs = query === 'windows' ? (Math.floor(eventMs / WINDOW_MS) + 1) * WINDOW_MS : null;
    add(groups, { key, endMs, count: 1, sum: value });
  }
  return [...groups.values()];
}

export function add(groups: Table, { key, endMs, count, sum }: Group): void {
  const name = groupName({ key, endMs });
  const known = groups.get(name);
  groups.set(name, { key, endMs, count: (known?.count ?? 0) + count, sum: (known?.sum ?? 0) + sum });
}

export type Reduced = { pending: Table; output: OutputRow[]; lateRows: number };

/** The reduce stage over state that holds nothing the previous watermark has closed. */
export function reduceGroups(shape: JobShape, state: Table, partial: readonly Group[], at: Watermarks): Reduced {
  const isOver = ({ endMs }: Group, ms: number | null) => endMs !== null && ms !== null && endMs <= ms;
  const inTime = partial.filter((group) => !isOver(group, at.previousWatermarkMs));
  const pending: Table = new Map();
  for (const group of inTime) {
    const known = state.get(groupName(group));
    if (known && !pending.has(groupName(group))) pending.set(groupName(group), known);
    add(pending, group);
  }
  const shown =
    shape.query === 'windows'
      ? [...new Map([...state, ...pending]).values()].filter((group) => isOver(group, at.watermarkMs))
      : [...pending.values()];
  return { pending, output: shown.map(rowOf).sort(byText), lateRows: partial.length - inTime.length };
}

/** The stage after it in a `relayed` job: the newest row of each group. */
export function relayGroups(totals: readonly Group[]): Reduced {
  const pending: Table = new Map();
  for (const { key, endMs, count, sum } of totals) pending.set(groupName({ key, endMs }), { key, endMs, count, sum });
  return { pending, output: [...pending.values()].map(rowOf).sort(byText), lateRows: 0 };
}

/** Rows that the filter lets through. */
export function filterRecords(records: readonly SourceRecord[]): OutputRow[] {
  return records.filter(({ value }) => value % 3 !== 0).map(({ key, value }) => ({ key, value }));
}

export function evict(state: Table, toMs: number): void {
  for (const [name, { endMs }] of state) if (endMs !== null && endMs <= toMs) state.delete(name);
}

/** The next watermark that would close something; null: none. */
export function nextExpiryMs(groups: Iterable<Group>, watermarkMs: number | null): number | null {
  const ends = [...groups].flatMap(({ endMs }) => endMs ?? []).filter((end) => end > (watermarkMs ?? 0));
  return ends.length === 0 ? null : Math.min(...ends);
}

const rowOf = ({ key, endMs, count, sum }: Group): OutputRow => ({
  key,
  ...(endMs === null ? {} : { endMs }),
  count,
  sum,
});

const byText = (a: OutputRow, b: OutputRow) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
