import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreparedOutput, TaskResultInput } from '@millrace/proto';
import type { BlobStore } from '@millrace/shared/store';
import type { BadRecord, EncodedOutput, LaneTaskResult } from '../lanes/messages.ts';
import { blockName } from '../shuffle/block-names.ts';
import type { BlockStore } from '../shuffle/block-store.ts';
import { holdBlocks } from '../shuffle/hold-blocks.ts';
import { encodeDeadLetters } from '../sinks/dead-letters.ts';
import type { PrepareContext, Sink } from '../sinks/sink.ts';
import type { Attempt } from './attempt.ts';
import type { BatchLedger } from './batch-ledger.ts';
import { storeState } from './state-blobs.ts';

export type PrepareDeps = {
  blobs: BlobStore;
  blocks: BlockStore;
  ledger: BatchLedger;
  scratchDir: string;
  incarnation: string;
  /** host:port other executors reach this one at. */
  address(): string;
};

/**
 * Makes everything the attempt made durable and still invisible: blocks held, state in the store, output prepared, all
 * at once. When one fails the rest is dropped: an attempt leaves all or nothing behind.
 */
export async function prepareResult(
  attempt: Attempt,
  result: LaneTaskResult,
  deps: PrepareDeps,
): Promise<TaskResultInput> {
  const { id, timer, task } = attempt;
  const prepared: PreparedOutput[] = [];
  const held = hold(attempt, result, deps);
  const stored = timer.timed('state', () =>
    storeState(result.state, { batchId: id.batchId, partitions: task.slice?.partitions ?? [] }, deps.blobs),
  );
  const outputs = timer.timed('prepare', () => prepareOutputs(attempt, result, deps.scratchDir, prepared));
  const settled = await Promise.allSettled([held, stored, outputs]);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed || attempt.signal.aborted) {
    await discardResult(attempt, result, prepared, deps);
    throw failed ? failed.reason : attempt.signal.reason;
  }
  const state = await stored;
  deps.ledger.notePrepared(id.jobId, id.batchId, { outputs: prepared, state });
  return {
    blocks: await held,
    eventTimes: result.eventTimes,
    counts: result.counts,
    outputs: prepared,
    state,
    operators: result.operators.map(({ nextExpiryMs, ...stats }) =>
      nextExpiryMs === null ? stats : { ...stats, nextExpiryMs },
    ),
    timings: timer.timings(),
  };
}

/** Of a rehearsal: it is enough to know that there is one. */
export async function dropResult(
  attempt: Attempt,
  result: LaneTaskResult,
  deps: PrepareDeps,
): Promise<TaskResultInput> {
  await discardResult(attempt, result, [], deps);
  return { counts: result.counts };
}

function hold({ id, task, attemptId, timer }: Attempt, { blocks }: LaneTaskResult, deps: PrepareDeps) {
  const { jobId, batchId, stage, index } = id;
  const { incarnation } = deps;
  const sliceIncarnations = task.shuffle?.sliceIncarnations ?? [];
  const at = {
    jobId,
    batchId,
    stage,
    taskIndex: index,
    attemptId,
    incarnation,
    address: deps.address(),
    sliceIncarnations,
  };
  return timer.timed('shuffle', () => holdBlocks(blocks, at, deps.blocks));
}

/** `prepared` grows as sinks succeed, so that a failure of one knows what the others did. */
async function prepareOutputs(
  attempt: Attempt,
  result: LaneTaskResult,
  scratchDir: string,
  prepared: PreparedOutput[],
): Promise<void> {
  const { id, attemptId, signal, job } = attempt;
  const { jobId, driverEpoch, batchId, stage, index: taskIndex } = id;
  const context: PrepareContext = { jobId, driverEpoch, batchId, stage, taskIndex, attemptId };
  const into = async (sink: Sink, encode: () => Promise<EncodedOutput>) =>
    void prepared.push(await sink.prepare(context, await encode(), signal));
  const steps: Promise<void>[] = [];
  const { outputs, lateRows } = result;
  for (const [name, output] of Object.entries(outputs)) steps.push(into(job.output(name), async () => output));
  if (lateRows && job.lateRows) steps.push(into(job.lateRows, async () => lateRows));
  for (const [source, records] of Map.groupBy(result.badRecords, (record) => record.source)) {
    const sink = job.deadLetters.get(source);
    if (sink) steps.push(into(sink, () => encodeBadRecords(attempt, sink, records, scratchDir)));
  }
  const failed = (await Promise.allSettled(steps)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function encodeBadRecords(
  { id, batch, laneAttemptId, signal }: Attempt,
  sink: Sink,
  records: readonly BadRecord[],
  scratchDir: string,
): Promise<EncodedOutput> {
  const filePath = join(scratchDir, id.jobId, 'dead-letters', `${laneAttemptId}.ndjson`);
  return encodeDeadLetters(records, await sink.encoding(signal), {
    filePath,
    batchId: id.batchId,
    batchTimestampMs: batch.timestampMs,
  });
}

async function discardResult(
  { job, id, attemptId }: Attempt,
  result: LaneTaskResult,
  prepared: readonly PreparedOutput[],
  { blocks, blobs }: PrepareDeps,
): Promise<void> {
  const bySink = Map.groupBy(prepared, ({ sink }) => sink);
  await Promise.allSettled([...bySink].map(([sink, outputs]) => job.sink(sink).discard(outputs)));
  const paths = [...result.blocks, ...result.state].map(({ path }) => path);
  for (const encoded of [...Object.values(result.outputs), result.lateRows])
    if (encoded?.kind === 'file' || encoded?.kind === 'partitions') paths.push(encoded.path);
  const names = result.blocks.map((block) => blockName(attemptId, block));
  await Promise.allSettled([
    blocks.free(id.jobId, names),
    blobs.remove(result.state.map(({ name }) => name)),
    ...paths.map((path) => rm(path, { recursive: true, force: true })),
  ]);
}
