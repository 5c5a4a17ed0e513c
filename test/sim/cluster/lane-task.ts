import { MillraceError } from '@millrace/shared/errors';
import { createRecordBatchWriter } from '@millrace/shared/kafka';
import type { JobPlan } from '@millrace/shared/plan';
import { NO_COUNTS } from '../../../driver/src/commit/counts.ts';
import { stagesOf } from '../../../executor/src/compute/stages-of-task.ts';
import type { EncodedOutput, LaneReply, LaneTask, LaneTaskResult } from '../../../executor/src/lanes/messages.ts';
import type { SliceState } from '../../../executor/src/state/slice-state.ts';
import type { SliceStates } from '../../../executor/src/state/slice-states.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import type { Files } from '../world/files.ts';
import { recordsWithin, type StoredRecord } from '../world/kafka.ts';
import { type JobShape, SOURCE } from './job-shape.ts';
import {
  filterRecords,
  type Group,
  nextExpiryMs,
  type OutputRow,
  partialGroups,
  type Reduced,
  reduceGroups,
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
  const stages = stagesOf(job.plan, task.stage, task.input.kind === 'records');
  const operators = stages.flatMap(statefulOperators);
  const slice = task.slice && (await job.slices.take(task.slice.partitions, task.batchId));
  if (slice) {
    const missing = await slice.bring(task.slice!, operators, task.previousWatermarkMs);
    if (missing.length > 0) return { kind: 'stateMissing', operatorIds: missing };
  }
  const records = recordsOf(task);
  const partial = task.input.kind === 'blocks' ? readBlocks(job, task.input.files) : partialGroups(job.shape, records);
  const result = resultOf(task, records);
  if (slice) keepState(job, task, slice, partial, result);
  else if (task.shuffle) result.blocks = writeBlocks(job, task, partial);
  else result.output = encode(job, task, filterRecords(records));
  result.counts.rowsOut = result.output?.rows ?? 0;
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
    output: null,
    lateRows: null,
    state: [],
    operators: [],
    timings: [],
  };
}

function keepState(job: LaneJob, task: LaneTask, slice: SliceState, partial: Group[], result: LaneTaskResult): void {
  const session = slice.session as StateSession;
  const state = session.table('state');
  const reduced = reduceGroups(job.shape, state, partial, task);
  for (const [name, group] of reduced.pending) {
    reduced.pending.set(name, { ...group, by: task.attemptId, on: state.get(name)?.by ?? '' });
  }
  session.put('pending', reduced.pending);
  const after: Table = new Map([...state, ...reduced.pending]);
  const [{ operatorId, name }] = task.slice!.pendingNames as [{ operatorId: string; name: string }];
  const expiryMs = nextExpiryMs(after.values(), task.watermarkMs);
  result.operators = [{ operatorId, rows: after.size, bytes: after.size, nextExpiryMs: expiryMs }];
  result.state = writeState(job, task, reduced, after);
  for (const _written of result.state) {
    const { batchId, attemptId, watermarkMs } = task;
    slice.addPending(operatorId, { name, batchId, attemptId, watermarkMs });
  }
  result.counts.lateRows = reduced.lateRows;
  result.output = encode(job, task, reduced.output);
}

function writeState(job: LaneJob, task: LaneTask, { pending }: Reduced, after: Table): LaneTaskResult['state'] {
  const { snapshot, pendingNames } = task.slice!;
  const kind = snapshot || chanceOf(task.attemptId) < SNAPSHOT_PROBABILITY ? 'snapshot' : 'delta';
  if (kind === 'delta' && pending.size === 0) return [];
  const rows = [...(kind === 'snapshot' ? after : pending).values()];
  const { operatorId, name } = pendingNames[0]!;
  const { path, bytes } = write(job, `state-${task.attemptId}`, JSON.stringify(rows));
  return [{ operatorId, name, kind, path, bytes, rows: rows.length }];
}

function writeBlocks(job: LaneJob, task: LaneTask, partial: readonly Group[]): LaneTaskResult['blocks'] {
  const { sliceOfPartition } = task.shuffle!;
  const bySlice = Map.groupBy(partial, (group) => sliceOfPartition[statePartitionOf(group)]!);
  return [...bySlice].map(([slice, groups]) => {
    const isLarge = chanceOf(`${task.attemptId}/${slice}`) < LARGE_BLOCK_PROBABILITY;
    const text = JSON.stringify(groups).padEnd(isLarge ? LARGE_BLOCK_BYTES : 0);
    return { slice, ...write(job, `block-${task.attemptId}-${slice}`, text), rows: groups.length };
  });
}

function readBlocks(job: LaneJob, paths: readonly string[]): Group[] {
  return paths.flatMap((path) => JSON.parse(job.files.read(path).toString()) as Group[]);
}

function encode(job: LaneJob, task: LaneTask, rows: readonly OutputRow[]): EncodedOutput {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { kind } = task.encoding ?? { kind: 'none' };
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
