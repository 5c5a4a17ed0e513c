import { createPhaseTimer } from '@millrace/shared/clock';
import type { OffsetLogEntry, Takeover } from '@millrace/shared/store';
import { knownSize } from './backpressure/known-size.ts';
import { learnRate } from './backpressure/rate-estimator.ts';
import { type CommittedBatch, commitBatch } from './commit/commit-batch.ts';
import { announceFinished, dropBatch } from './dispatch/batch-ends.ts';
import { startBatchRun } from './dispatch/batch-run.ts';
import { runStages, type StagesResult } from './dispatch/run-stages.ts';
import { type ExecutionState, stateAfterCommit, stateAtTakeover } from './execution-state.ts';
import type { JobContext } from './jobs/job-context.ts';
import { whenAnswered } from './jobs/when-answered.ts';
import { createIdleTracker } from './planning/idle-partitions.ts';
import { planBatch } from './planning/plan-batch.ts';
import { refuseRecreated } from './planning/topic-identity.ts';
import { type BatchTimer, totalMs } from './progress/batch-phases.ts';
import { progressOf } from './progress/progress.ts';
import { NOTHING_PUBLISHED, type Published, publishOutputs } from './publish/publish-outputs.ts';
import { assertSamePlan, decideResume } from './recovery/resume-decision.ts';
import { type BatchTrigger, createBatchTrigger } from './trigger/batch-trigger.ts';

/**
 * Runs a job from where its logs say it stands until its trigger ends or it is asked to stop:
 *
 *   trigger → plan → log → map → reduce (and prepare) → commit → publish
 *
 * A batch is published while the next one is under way, up to that one's commit. Rejects when a batch cannot be completed; the
 * store then holds all that the next takeover needs to replay it.
 */
export async function executeMicroBatches(given: JobContext, takeover: Takeover): Promise<void> {
  const over = new AbortController();
  const job = { ...given, signal: AbortSignal.any([given.signal, over.signal]) };
  const resume = decideResume(takeover);
  let state = stateAtTakeover(takeover);
  if (resume.publishLast && takeover.lastCommit) {
    const { text } = await publishOutputs(job, takeover.lastCommit);
    job.events.sinkText(text);
  }
  const trigger = createBatchTrigger(job, createIdleTracker());
  let replay = resume.replay;
  if (replay) await refuseOtherTopics(job, replay);
  let lastPublished = Promise.resolve(NOTHING_PUBLISHED);
  try {
    for (;;) {
      const phases: BatchTimer = createPhaseTimer(job.clock);
      const next = replay ? { intent: replay, state } : await planNext(job, state, trigger, phases);
      if (next === null) break;
      assertSamePlan(next.intent, job.plan.hash);
      const done = await completeBatch(job, next.state, next.intent, phases, lastPublished);
      state = done.after;
      replay = null;
      lastPublished = publishBatch(job, next.intent, done, phases);
      // Nothing that comes after it can be committed.
      lastPublished.catch((error: unknown) => over.abort(error));
    }
    await lastPublished;
  } finally {
    over.abort(new Error('the run is over'));
    await lastPublished.catch(() => {});
  }
}

/** Before a batch is run again over the ranges it was logged with. */
async function refuseOtherTopics(job: JobContext, { topics }: OffsetLogEntry): Promise<void> {
  refuseRecreated(topics, await whenAnswered(job, () => job.offsets.topics()));
}

async function planNext(
  job: JobContext,
  before: ExecutionState,
  trigger: BatchTrigger,
  { timed }: BatchTimer,
): Promise<{ intent: OffsetLogEntry; state: ExecutionState } | null> {
  await whenAnswered(job, () => job.tables.ready());
  const facts = await timed('trigger', () => whenAnswered(job, () => trigger.next(before)));
  if (facts === null) return null;
  const rate = await timed('plan', () => whenAnswered(job, () => knownSize(job.offsets, before.rate, facts)));
  const state = { ...before, rate };
  const plan = planBatch(job, state, facts, job.clock.now());
  const log = () => job.commits.logOffsets(job.jobId, job.driverEpoch, plan);
  return { intent: await timed('log', () => whenAnswered(job, log)), state };
}

type CompletedBatch = CommittedBatch & { stages: StagesResult; after: ExecutionState };

/** One batch, from its logged intent to its commit. Its output may be prepared before the last batch's is visible. */
async function completeBatch(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  phases: BatchTimer,
  lastPublished: Promise<Published>,
): Promise<CompletedBatch> {
  const stages = await runBatch(job, state, intent, phases, lastPublished);
  const committed = await phases.timed('commit', () => commitBatch(job, state, intent, stages));
  const { entry, manifest, removed } = committed;
  announceFinished(job, entry, stages.results);
  job.tables.committed(entry);
  void job.blobs
    .remove(removed)
    .catch((error: unknown) => job.log.warn({ err: error }, 'old state blobs stay for the next sweep'));
  const done = { records: entry.counts.recordsIn, bytes: entry.counts.bytesIn, durationMs: totalMs(phases) };
  const { placement, sliceStats, slowestTasksMs } = stages;
  const after = stateAfterCommit(state, entry, {
    ...{ manifest, placement, sliceStats, slowestTasksMs },
    rate: learnRate(state.rate, done, job.spec.limits),
  });
  return { ...committed, stages, after };
}

/** Runs the stages, and again when the last batch's output had to be written behind what they prepared. */
async function runBatch(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  phases: BatchTimer,
  lastPublished: Promise<Published>,
): Promise<StagesResult> {
  const abort = new AbortController();
  const signal = AbortSignal.any([job.signal, abort.signal]);
  const run = startBatchRun(job, state, intent, signal);
  try {
    const stages = await runStages(run, phases);
    const { writtenAgain } = await phases.timed('commit', () => lastPublished);
    if (!writtenAgain) return stages;
    await dropBatch(job, intent.batchId);
    return await runStages(run, phases);
  } catch (error) {
    abort.abort(error); // one task failed for good: its siblings stop as well
    await dropBatch(job, intent.batchId);
    throw error;
  }
}

async function publishBatch(
  job: JobContext,
  intent: OffsetLogEntry,
  { entry, manifest, stages }: CompletedBatch,
  phases: BatchTimer,
): Promise<Published> {
  const published = await phases.timed('publish', () => publishOutputs(job, entry));
  job.mirror.show(entry.positions);
  job.events.progress(progressOf(job.jobId, intent, entry, stages, manifest, phases));
  job.events.sinkText(published.text);
  return published;
}
