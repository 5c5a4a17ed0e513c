import type { CommitEntry, OffsetLogEntry, StateBlobRecord } from '@millrace/shared/store';
import { type JobShape, TOPIC } from '../cluster/job-shape.ts';
import {
  evict,
  filterRecords,
  groupName,
  type OutputRow,
  partialGroups,
  reduceGroups,
  type Table,
} from '../cluster/kernel.ts';
import type { SimulatedKafka } from '../world/kafka.ts';
import type { Process } from '../world/scheduler.ts';
import type { StoreStep } from '../world/store.ts';

export type CommittedBatch = {
  entry: CommitEntry;
  /** What the output of the batch must be, in the order of its text. */
  output: OutputRow[];
  published: boolean;
};

/** What the store has taken so far, and what follows from it: the model that the oracles hold the cluster against. */
export type History = {
  epoch: number;
  leader: Process | null;
  intents: Map<number, OffsetLogEntry>;
  commits: CommittedBatch[];
  /** Blobs that the last commit left alive. */
  blobs: Map<string, StateBlobRecord>;
  /** State after the last commit, by replay of the committed ranges alone. */
  state: Table;
  /** Attempt that wrote the committed row of each operator and group. */
  writers: Map<string, string>;
};

export function emptyHistory(): History {
  return {
    epoch: 0,
    leader: null,
    intents: new Map(),
    commits: [],
    blobs: new Map(),
    state: new Map(),
    writers: new Map(),
  };
}

/** Takes a step into account. Oracles judge it before. */
export function advance(history: History, step: StoreStep, shape: JobShape, kafka: SimulatedKafka): void {
  switch (step.method) {
    case 'takeOver':
    case 'raiseEpoch':
      history.epoch = step.method === 'takeOver' ? step.result.epoch : step.result;
      history.leader = step.process;
      return;
    case 'logOffsets':
      if (!history.intents.has(step.result.batchId)) history.intents.set(step.result.batchId, step.result);
      return;
    case 'commit':
      if (history.commits.length === step.args[2].batchId) advanceCommit(history, step, shape, kafka);
      return;
    case 'markPublished':
      history.commits[step.args[2]]!.published = true;
      return;
    default:
  }
}

function advanceCommit(
  history: History,
  { args: [, , entry, change] }: StoreStep & { method: 'commit' },
  shape: JobShape,
  kafka: SimulatedKafka,
): void {
  const { ranges, watermarkMs } = history.intents.get(entry.batchId)!;
  const previousWatermarkMs = history.commits.at(-1)?.entry.watermarkMs ?? null;
  const records = ranges.flatMap(({ partition, from, until }) =>
    kafka.partitions(TOPIC)[partition]!.records.filter(({ offset }) => offset >= from && offset < until),
  );
  let output = filterRecords(records);
  if (shape.query !== 'filter') {
    if (previousWatermarkMs !== null) evict(history.state, previousWatermarkMs);
    const reduced = reduceGroups(shape, history.state, partialGroups(shape, records), {
      watermarkMs,
      previousWatermarkMs,
    });
    for (const group of reduced.pending.values()) history.state.set(groupName(group), group);
    output = reduced.output;
  }
  const published = entry.outputs.every(({ detailJson }) => detailJson === '');
  history.commits.push({ entry, output: output.sort(byText), published });
  for (const blob of change.add) history.blobs.set(blob.name, blob);
  for (const name of change.remove) history.blobs.delete(name);
}

export const byText = (a: OutputRow, b: OutputRow) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
