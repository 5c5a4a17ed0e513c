import { join } from 'node:path';
import type { TaskResultInput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { sinkOutputsOf, sourceInputOf } from '@millrace/shared/plan';
import type { LaneTask } from '../lanes/messages.ts';
import type { ByteBudget } from '../read/range-reader-budget.ts';
import type { FetchSizing } from '../read/range-reader-sizing.ts';
import type { BlockPeers } from '../shuffle/block-peers.ts';
import { gatherBlocks } from '../shuffle/gather-blocks.ts';
import type { Attempt } from './attempt.ts';
import { type ComputeDeps, compute } from './compute.ts';
import { toLaneTask } from './lane-task.ts';
import { dropResult, type PrepareDeps, prepareResult } from './prepare-result.ts';
import { readSourceInput } from './source-input.ts';
import type { StageInput } from './stage-input.ts';

export type TaskDeps = ComputeDeps &
  PrepareDeps & { budget: ByteBudget; sizing: FetchSizing; peers: BlockPeers; clock: Clock };

/** One attempt: input → lane → durable but invisible. Whatever fails, nothing of it stays behind. */
export async function runAttempt(attempt: Attempt, deps: TaskDeps): Promise<TaskResultInput> {
  const [encodings, input] = await both(encodingsOf(attempt), readInput(attempt, deps));
  const task = toLaneTask(attempt, input.lane, encodings);
  const result = await compute(attempt, task, input, deps).finally(() => input.release());
  return attempt.task.rehearsal ? dropResult(attempt, result, deps) : prepareResult(attempt, result, deps);
}

/** How the sinks of what this attempt is going to make want it. */
async function encodingsOf({ stages, job, signal }: Attempt): Promise<Pick<LaneTask, 'encodings' | 'lateEncoding'>> {
  const mayBeLate = stages.some(({ operators }) => operators.some(({ lateRows }) => lateRows !== null));
  const names = [...new Set(stages.flatMap(sinkOutputsOf).map(({ output }) => output))];
  const [lateEncoding, ...encodings] = await Promise.all([
    mayBeLate && job.lateRows ? job.lateRows.encoding(signal) : null,
    ...names.map(async (name) => [name, await job.output(name).encoding(signal)] as const),
  ]);
  return { encodings: Object.fromEntries(encodings), lateEncoding };
}

function readInput(attempt: Attempt, deps: TaskDeps): Promise<StageInput> {
  const input = sourceInputOf(attempt.stages[0]!);
  return input === null ? readShuffleInput(attempt, deps) : readSourceInput(attempt, input, deps);
}

async function readShuffleInput(attempt: Attempt, deps: TaskDeps): Promise<StageInput> {
  const { id, task, laneAttemptId, signal, timer } = attempt;
  const folder = join(deps.scratchDir, id.jobId, 'inputs', laneAttemptId);
  const at = { jobId: id.jobId, incarnation: deps.incarnation, folder };
  const sources = { store: deps.blocks, peers: deps.peers, signal };
  const { files, release } = await timer.timed('fetch', () => gatherBlocks(task.blocks, at, sources));
  return { lane: { kind: 'blocks', files }, transfer: [], release };
}

/** Both, or the error; an input that was read in vain is released. */
async function both<Encoding>(
  encoding: Promise<Encoding>,
  input: Promise<StageInput>,
): Promise<[Encoding, StageInput]> {
  const [encoded, read] = await Promise.allSettled([encoding, input]);
  if (read.status === 'rejected') throw read.reason;
  if (encoded.status === 'fulfilled') return [encoded.value, read.value];
  await read.value.release();
  throw encoded.reason;
}
