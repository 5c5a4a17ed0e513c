import type { MillraceError } from '@millrace/shared/errors';
import type { LoggedRange } from '@millrace/shared/store';
import type { TaskPlan } from '../dispatch/task-plan.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { lengthOf } from './cut-pieces.ts';
import { findPoison, type Poison } from './find-poison.ts';
import { holdExecutor } from './hold-executor.ts';
import { poisonError, textOf } from './poison-error.ts';
import { rehearse } from './rehearse.ts';

/** A record that its task is to pass over. */
export type PoisonRecord = { source: string; topic: string; partition: number; offset: number; reason: string };

/** The source stage of a task, to be run over pieces of its ranges without leaving anything behind. */
export type Rehearsal = {
  ranges: readonly LoggedRange[];
  of(piece: readonly LoggedRange[]): TaskPlan;
  /** From now on the batch treats the record as its source treats bad ones. */
  passOver(record: PoisonRecord): void;
  passedOver(): number;
};

/** More such records in one batch are no accident, and each may cost executors. */
const PASSED_OVER_MAX = 10;

/** A task that seems to end executors, though none of its pieces does, is tried again so often: once more may be chance. */
const ACQUITTALS_MAX = 1;

/**
 * Finds what of its input makes a task fail again and again. Resolves when it may be tried again: with 0 when the record is passed over
 * from now on, as bad ones of its source are; with 1 when nothing was found and it may have been chance. Else rejects with the
 * error that ends the job, which names the record or the ranges.
 */
export async function blameTask(
  job: JobContext,
  task: TaskPlan,
  { error, acquitted }: { error: MillraceError; acquitted: number },
  signal: AbortSignal,
): Promise<0 | 1> {
  const { rehearsal } = task;
  const poison = rehearsal ? await search(job, task, rehearsal, error, signal) : null;
  if (!rehearsal || !poison) {
    if (error.code !== 'EXECUTOR_LOST') throw error;
    if (acquitted >= ACQUITTALS_MAX) throw poisonError({ ranges: [...task.ranges], failure: error });
    return 1;
  }
  tell(job, task, textOf(poison.ranges));
  if (!maySkip(job, rehearsal, poison)) throw poisonError(poison);
  const { source, topic, partition, from: offset } = poison.ranges[0]!;
  rehearsal.passOver({ source, topic, partition, offset, reason: poison.failure.message });
  return 0;
}

async function search(
  job: JobContext,
  task: TaskPlan,
  rehearsal: Rehearsal,
  { code }: MillraceError,
  signal: AbortSignal,
): Promise<Poison | null> {
  tell(job, task, null);
  const alone = code === 'EXECUTOR_LOST';
  const executor = holdExecutor(job, alone, signal);
  const run = (piece: LoggedRange[]) => rehearse(job, rehearsal.of(piece), { executor, alone }, signal);
  try {
    const poison = await findPoison(rehearsal.ranges, run);
    // Many records that fail only together are too many for a task, not poison.
    if (!poison || !alone) return poison && lengthOf(poison.ranges) === 1 ? poison : null;
    // Executors end by chance as well, and a job must not.
    return (await run(poison.ranges)) ? poison : null;
  } finally {
    executor.letGo();
  }
}

/** `found`: null while it is looked for. */
function tell({ log, events }: JobContext, { batchId, stage, index }: TaskPlan, found: string | null): void {
  const text = found ?? 'looking for the record that makes the task fail';
  log.error({ batch: batchId, stage, task: index }, text);
  events.poison({ batchId, stage, index, found });
}

function maySkip({ spec }: JobContext, rehearsal: Rehearsal, { ranges }: Poison): boolean {
  if (lengthOf(ranges) > 1 || rehearsal.passedOver() >= PASSED_OVER_MAX) return false;
  return spec.sources.some(({ name, onBadRecord }) => name === ranges[0]?.source && onBadRecord.kind !== 'fail');
}
