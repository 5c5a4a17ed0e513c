import { MillraceError } from '@millrace/shared/errors';
import { createRecordBatchWriter } from '@millrace/shared/kafka';
import { type JobPlan, shuffleOutputsOf, sinkOutputsOf } from '@millrace/shared/plan';
import { NO_COUNTS } from '../../../driver/src/commit/counts.ts';
import { stagesOf } from '../../../executor/src/compute/stages-of-task.ts';
import type {
  BlockFile,
  EncodedOutput,
  LaneReply,
  LaneTask,
  LaneTaskResult,
} from '../../../executor/src/lanes/messages.ts';
import type { SliceState } from '../../../executor/src/state/slice-state.ts';
import type { SliceStates } from '../../../executor/src/state/slice-states.ts';
import { reachedBy } from '../../../executor/src/state/state-ending.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import type { Files } from '../world/files.ts';
import { recordsWithin, type StoredRecord } from '../world/kafka.ts';
import { type JobShape, pendingTableOf, SOURCE, stateTableOf } from './job-shape.ts';
import {
  filterRecords,
  type Group,
  nextExpiryMs,
  type OutputRow,
  partialGroups,
  type Reduced,
  reduceGroups,
  relayGroups,
  statePartitionOf,
  type Table,
} from './kernel.ts';
import { chanceOf, type StateSession } from './state-session.ts';

export type LaneJob = { plan: JobPlan; shape: JobShape; slices: SliceStates; folder: string; files: Files };

/** Attempts that write the whole state though nobody asked: snapshots are due too rarely for a short life. */
const SNAPSHOT_PROBABILITY = 0.15;
/** A few rows make several batches. */
const OUTPUT_BATCH_BYTES_MAX = 160;
/** Too large to ride in a task's result, so that it is fetched. */
const LARGE_BLOCK_BYTES = 66_000;
const LARGE_BLOCK_PROBABILITY = 0.1;

/** One attempt of one task, in the order in which executor/src/compute/run-task.ts does it. */
export async function runLaneTask(job: LaneJob, task: LaneTask): Promise<LaneReply> {
  const sources = task.input.kind === 'records' ? [SOURCE] : [];
  const stages = stagesOf(job.plan, task.stage, { sources, servesState: task.slice !== null });
  const operators = stages.flatMap(statefulOperators);
  const slice = task.slice && (await job.slices.take(task.slice.partitions, task.batchId));
  if (slice) {
    const missing = await slice.bring(task.slice!, operators, task);
    if (missing.length > 0) return { kind: 'stateMissing', operatorIds: missing };
  }
  const records = recordsOf(task);
  const result = resultOf(task, records);
  let groups = task.input.kind === 'blocks' ? readBlocks(job, task.input.files) : partialGroups(job.shape, records);
  let output = filterRecords(records);
  for (const { id } of operators) {
    const reduced = keepState(job, task, { id, slice: slice! }, groups, result);
    groups = [...reduced.pending.values()];
    output = reduced.output;
  }
  for (const { output: name } of sinkOutputsOf(stages.at(-1)!)) result.outputs[name] = encode(job, task, name, output);
  for (const { id } of shuffleOutputsOf(stages.at(-1)!)) result.blocks.push(...writeBlocks(job, task, id, groups));
  result.counts.rowsOut = Object.values(result.outputs).reduce((sum, { rows }) => sum + rows, 0);
  return { kind: 'taskDone', result };
}

function recordsOf({ input }: LaneTask): StoredRecord[] {
  if (input.kind === 'blocks') return [];
  return input.ranges.flatMap(({ recordSets, from, until }) =>
    recordSets.flatMap((set) => recordsWithin(set, from, until)),
  );
}

function resultOf({ input }: LaneTask, records: readonly StoredRecord[]): LaneTaskResult {
  const ranges = input.kind === 'records' ? input.ranges : [];
  const eventTimes = ranges.flatMap(({ topic, partition, recordSets, from, until }) => {
    const times = recordSets.flatMap((set) => recordsWithin(set, from, until)).map(({ eventMs }) => eventMs);
    return times.length === 0 ? [] : { source: SOURCE, topic, partition, maxMs: Math.max(...times) };
  });
  // Offsets, not records: a job with a stride passes for a large one.
  const recordsIn = ranges.reduce((sum, { from, until }) => sum + until - from, 0);
  const counts = { ...NO_COUNTS, recordsIn, bytesIn: records.length };
  return {
    blocks: [],
    eventTimes,
    counts,
    badRecords: [],
    outputs: {},
    lateRows: null,
    state: [],
    operators: [],
    timings: [],
  };
}

/** Runs a stateful operator over the groups it is given; leaves its pending rows with the slice, and what it stores in `result`. */
function keepState(
  job: LaneJob,
  task: LaneTask,
  { id, slice }: { id: string; slice: SliceState },
  groups: readonly Group[],
  result: LaneTaskResult,
): Reduced {
  const session = slice.session as StateSession;
  const state = session.table(stateTableOf(id));
  const reduced = id === 'latest' ? relayGroups(groups) : reduceGroups(job.shape, state, groups, task);
  for (const [name, group] of reduced.pending) {
    reduced.pending.set(name, { ...group, by: task.attemptId, on: state.get(name)?.by ?? '' });
  }
  session.put(pendingTableOf(id), reduced.pending);
  const after: Table = new Map([...state, ...reduced.pending]);
  const expiryMs = nextExpiryMs(after.values(), task.watermarkMs);
  result.operators.push({ operatorId: id, rows: after.size, bytes: after.size, nextExpiryMs: expiryMs });
  for (const written of writeState(job, task, id, reduced, after)) {
    const { batchId, attemptId } = task;
    const [rows, tableRows] = [reduced.pending.size, after.size];
    slice.addPending(id, {
      name: written.name,
      batchId,
      attemptId,
      reached: reachedBy(task),
      rows,
      tableRows,
      keys: rows,
    });
    result.state.push(written);
  }
  result.counts.lateRows += reduced.lateRows;
  return reduced;
}

function writeState(
  job: LaneJob,
  task: LaneTask,
  operatorId: string,
  { pending }: Reduced,
  after: Table,
): LaneTaskResult['state'] {
  const { snapshot, pendingNames } = task.slice!;
  const isSnapshot = snapshot || chanceOf(task.attemptId) < SNAPSHOT_PROBABILITY;
  if (!isSnapshot && pending.size === 0) return [];
  const rows = [...(isSnapshot ? after : pending).values()];
  const { name } = pendingNames.find((one) => one.operatorId === operatorId)!;
  const { path, bytes } = write(job, `state-${operatorId}-${task.attemptId}`, JSON.stringify(rows));
  return [{ operatorId, name, kind: isSnapshot ? 'snapshot' : 'delta', path, bytes, rows: rows.length }];
}

function writeBlocks(
  job: LaneJob,
  task: LaneTask,
  shuffle: string,
  groups: readonly Group[],
): LaneTaskResult['blocks'] {
  const { sliceOfPartition } = task.shuffle!;
  const bySlice = Map.groupBy(groups, (group) => sliceOfPartition[statePartitionOf(group)]!);
  return [...bySlice].map(([slice, rows]) => {
    const isLarge = chanceOf(`${task.attemptId}/${slice}`) < LARGE_BLOCK_PROBABILITY;
    const text = JSON.stringify(rows).padEnd(isLarge ? LARGE_BLOCK_BYTES : 0);
    return { shuffle, slice, ...write(job, `block-${task.attemptId}-${slice}`, text), rows: rows.length };
  });
}

function readBlocks(job: LaneJob, files: readonly BlockFile[]): Group[] {
  return files.flatMap(({ path }) => JSON.parse(job.files.read(path).toString()) as Group[]);
}

function encode(job: LaneJob, task: LaneTask, output: string, rows: readonly OutputRow[]): EncodedOutput {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { kind } = task.encodings[output] ?? { kind: 'none' };
  switch (kind) {
    case 'file':
      return { kind, rows: rows.length, ...write(job, `output-${task.attemptId}`, text) };
    case 'recordBatches':
      return encodeRecords(task, rows);
    case 'none':
      return { kind, rows: rows.length };
    default:
      throw new MillraceError('INTERNAL', `the simulated lane does not encode ${kind}`);
  }
}

/** With the batch id as the key, which tells oracles whose output a record is. */
function encodeRecords({ batchId, timestampMs }: LaneTask, rows: readonly OutputRow[]): EncodedOutput {
  const limits = { compression: 'none', bytesMax: OUTPUT_BATCH_BYTES_MAX, headers: {} } as const;
  const writer = createRecordBatchWriter({ ...limits, timestampMs });
  const key = Buffer.from(String(batchId));
  for (const row of rows) {
    const value = Buffer.from(JSON.stringify(row));
    writer.append(key, 0, key.length, value, 0, value.length);
  }
  const { batches, bytes, records } = writer.finish();
  const partitions = records === 0 ? [] : [{ partition: 0, batches, records }];
  return { kind: 'recordBatches', rows: records, bytes, partitions };
}

function write({ folder, files }: LaneJob, name: string, text: string): { path: string; bytes: number } {
  const path = `${folder}/${name}.json`;
  files.makeFolder(folder);
  files.write(path, text);
  return { path, bytes: Buffer.byteLength(text) };
}
