import type { PreparedOutput, PublishReply } from '@millrace/proto';
import { toMillraceError } from '@millrace/shared/errors';
import { call } from '@millrace/shared/rpc';
import { type CommitEntry, needsPublish } from '@millrace/shared/store';
import { announcePublished } from '../dispatch/batch-ends.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { whenAnswered } from '../jobs/when-answered.ts';

/** A sink moves or renames what is prepared; one that takes longer is tried elsewhere. */
const PUBLISH_TIMEOUT_MS = 60_000;

/** What a console sink wants shown, and whether a sink had to write anew, behind what the next batch has prepared. */
export type Published = { text: string; writtenAgain: boolean };

export const NOTHING_PUBLISHED: Published = { text: '', writtenAgain: false };

/**
 * Makes a committed batch's output visible, from its entry alone, on any executor, as often as it takes: a committed batch
 * that cannot be published holds the job, it is never skipped.
 */
export async function publishOutputs(job: JobContext, entry: CommitEntry): Promise<Published> {
  if (!needsPublish(entry)) return NOTHING_PUBLISHED;
  const { jobId, driverEpoch, commits, signal } = job;
  let named = entry;
  let reply = await publishSomewhere(job, named, signal);
  while (reply.preparedAgain.length > 0) {
    named = withOutputs(named, reply.preparedAgain);
    await whenAnswered(job, () => commits.amendOutputs(jobId, driverEpoch, named));
    reply = await publishSomewhere(job, named, signal);
  }
  await whenAnswered(job, () => commits.markPublished(jobId, driverEpoch, entry.batchId));
  const writtenAgain = named !== entry;
  if (writtenAgain) announcePublished(job, entry);
  return { text: reply.text, writtenAgain };
}

/** What was prepared again takes the place of what was lost. */
function withOutputs(entry: CommitEntry, preparedAgain: readonly PreparedOutput[]): CommitEntry {
  const inPlaceOf = ({ sink, attempt }: PreparedOutput) =>
    preparedAgain.find((again) => again.sink === sink && again.attempt === attempt);
  return { ...entry, outputs: entry.outputs.map((output) => inPlaceOf(output) ?? output) };
}

async function publishSomewhere(job: JobContext, entry: CommitEntry, signal: AbortSignal): Promise<PublishReply> {
  const avoid = new Set<string>();
  for (let attempt = 0; ; attempt++) {
    const slot = await job.slots.acquire({ jobId: job.jobId, incarnation: null, avoid, signal });
    const { executor } = slot;
    try {
      await job.opener.open(executor);
      const { jobId, driverEpoch } = job;
      const present = job.registry.present().filter((one) => job.opener.isOpen(one));
      const presentIncarnations = present.map(({ incarnation }) => incarnation);
      const executors = { presentIncarnations, losses: job.registry.losses() };
      const request = { jobId, driverEpoch, batchId: entry.batchId, outputs: entry.outputs, ...executors };
      const given = AbortSignal.any([signal, executor.lost]);
      return await call(executor.client, 'Publish', request, { signal: given, timeoutMs: PUBLISH_TIMEOUT_MS });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toMillraceError(thrown);
      job.log.warn({ batch: entry.batchId, phase: 'publish', code: error.code }, error.message);
      if (error.code === 'EXECUTOR_LOST') job.registry.markLost(executor.incarnation, error.message);
      else if (error.code === 'JOB_NOT_OPEN') job.opener.forget(executor);
      // CANCELLED: by the executor, because it stops or was lost.
      else if (error.retry === 'none' && error.code !== 'CANCELLED') throw error;
      avoid.add(executor.incarnation);
    } finally {
      slot.release();
    }
    await job.clock.delay(Math.min(5_000, 100 * 2 ** Math.min(attempt, 10)), signal);
  }
}
