import { createPhaseTimer } from '@millrace/shared/clock';
import type { OffsetLogEntry, Takeover } from '@millrace/shared/store';
import { knownSize } from './backpressure/known-size.ts';
import { learnRate } from './backpressure/rate-estimator.ts';
import { commitBatch } from './commit/commit-batch.ts';
import { announceFinished, dropBatch } from './dispatch/batch-ends.ts';
import { runStages } from './dispatch/run-stages.ts';
import { type ExecutionState, stateAfterCommit, stateAtTakeover } from './execution-state.ts';
import type { JobContext } from './jobs/job-context.ts';
import { whenAnswered } from './jobs/when-answered.ts';
import { createIdleTracker } from './planning/idle-partitions.ts';
import { planBatch } from './planning/plan-batch.ts';
import { refuseRecreated } from './planning/topic-identity.ts';
import { type BatchTimer, totalMs } from './progress/batch-phases.ts';
import { progressOf } from './progress/progress.ts';
import { publishOutputs } from './publish/publish-outputs.ts';
import { assertSamePlan, decideResume } from './recovery/resume-decision.ts';
import { type BatchTrigger, createBatchTrigger } from './trigger/batch-trigger.ts';

/**
 * Runs a job from where its logs say it stands until its trigger ends or it is asked to stop:
 *
 *   trigger → plan → log → map → reduce (and prepare) → commit → publish
 *
 * Rejects when a batch cannot be completed; the store then holds all that the next takeover needs to replay it.
 */
export async function executeMicroBatches(job: JobContext, takeover: Takeover): Promise<void> {
  const resume = decideResume(takeover);
  let state = stateAtTakeover(takeover);
  if (resume.publishLast && takeover.lastCommit) job.events.sinkText(await publishOutputs(job, takeover.lastCommit));
  const trigger = createBatchTrigger(job, createIdleTracker());
  let replay = resume.replay;
  if (replay) await refuseOtherTopics(job, replay);
  for (;;) {
    const phases: BatchTimer = createPhaseTimer(job.clock);
    const next = replay ? { intent: replay, state } : await planNext(job, state, trigger, phases);
    if (next === null) return;
    assertSamePlan(next.intent, job.plan.hash);
    state = await runBatch(job, next.state, next.intent, phases);
    replay = null;
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
  const facts = await timed('trigger', () => whenAnswered(job, () => trigger.next(before)));
  if (facts === null) return null;
  const rate = await timed('plan', () => whenAnswered(job, () => knownSize(job.offsets, before.rate, facts)));
  const state = { ...before, rate };
  const plan = planBatch(job, state, facts, job.clock.now());
  const log = () => job.commits.logOffsets(job.jobId, job.driverEpoch, plan);
  return { intent: await timed('log', () => whenAnswered(job, log)), state };
}

/** One batch, from its logged intent to its published output. */
async function runBatch(
  job: JobContext,
  state: ExecutionState,
  intent: OffsetLogEntry,
  phases: BatchTimer,
): Promise<ExecutionState> {
  const { timed } = phases;
  const abort = new AbortController();
  const signal = AbortSignal.any([job.signal, abort.signal]);
  const stages = await runStages(job, state, intent, phases, signal).catch(async (error: unknown) => {
    abort.abort(error); // one task failed for good: its siblings stop as well
    await dropBatch(job, intent.batchId);
    throw error;
  });
  const { entry, manifest, removed } = await timed('commit', () => commitBatch(job, state, intent, stages));
  announceFinished(job, entry, stages.results);
  const text = await timed('publish', () => publishOutputs(job, entry));
  void job.blobs
    .remove(removed)
    .catch((error: unknown) => job.log.warn({ err: error }, 'old state blobs stay for the next sweep'));
  const done = { records: entry.counts.recordsIn, bytes: entry.counts.bytesIn, durationMs: totalMs(phases) };
  job.mirror.show(entry.positions);
  job.events.progress(progressOf(job.jobId, intent, entry, stages, manifest, phases));
  job.events.sinkText(text);
  const { placement, sliceStats, slowestTasksMs } = stages;
  return stateAfterCommit(state, entry, {
    ...{ manifest, placement, sliceStats, slowestTasksMs },
    rate: learnRate(state.rate, done, job.spec.limits),
  });
}
