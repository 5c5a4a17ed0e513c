import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { type LatestOffset, type Position, withNewPartitions } from '../planning/batch-plan.ts';
import type { IdleTracker } from '../planning/idle-partitions.ts';
import { watermarkNow } from '../planning/watermark-now.ts';
import { createBackwardsGuard } from './backwards-guard.ts';
import { type BatchReason, dueBatch, nextTickMs } from './due-batch.ts';

/** What the planner plans from: taken at one moment. */
export type TriggerFacts = {
  reason: BatchReason;
  positions: Position[];
  latest: LatestOffset[];
  watermarkMs: number | null;
};

export type BatchTrigger = {
  /** Waits until a batch is due. Null: this job is at its end, or was asked to stop. */
  next(state: ExecutionState): Promise<TriggerFacts | null>;
};

/** Wakes the wait for records now and then: partitions become idle and the watermark moves without any arrival. */
const WAIT_MAX_MS = 1_000;

export function createBatchTrigger(job: JobContext, idle: IdleTracker): BatchTrigger {
  const { spec, clock, offsets } = job;
  const { trigger } = spec;
  /** For the bounded triggers: where the input ended when the job was started. */
  let end: LatestOffset[] | null = null;
  let batchesRun = 0;
  const refuseBackwards = createBackwardsGuard();

  async function facts(state: ExecutionState): Promise<{ due: BatchReason | null } & Omit<TriggerFacts, 'reason'>> {
    const seen = await offsets.latest();
    const bounded = trigger.kind === 'availableNow' || trigger.kind === 'once';
    if (bounded && end === null) end = seen;
    const latest = end ?? seen;
    const positions = withNewPartitions(state.positions ?? (await offsets.starting()), latest);
    refuseBackwards(positions, seen, clock.monotonic());
    idle.observe(positions, seen, clock.monotonic());
    const watermarkMs = watermarkNow(spec, positions, state.watermarkMs, (partition, timeoutMs) =>
      bounded ? idle.isIdle(partition, 0, clock.monotonic()) : idle.isIdle(partition, timeoutMs, clock.monotonic()),
    );
    const due = dueBatch({
      first: state.positions === null,
      positions,
      latest,
      watermarkMs,
      nextExpiryMs: state.nextExpiryMs,
    });
    return { due, positions, latest, watermarkMs };
  }

  /** False: nothing more will ever be due. */
  async function wait(positions: readonly Position[], signal: AbortSignal): Promise<boolean> {
    switch (trigger.kind) {
      case 'once':
      case 'availableNow':
        return false;
      case 'interval':
        return true;
      case 'asap':
        await offsets.waitForRecords(positions, WAIT_MAX_MS, signal);
        return true;
      default:
        return trigger satisfies never;
    }
  }

  return {
    async next(state) {
      const signal = AbortSignal.any([job.signal, job.stopping]);
      try {
        for (;;) {
          signal.throwIfAborted();
          if (trigger.kind === 'once' && batchesRun > 0) return null;
          if (trigger.kind === 'interval') {
            await clock.delay(nextTickMs(clock.now(), trigger.everyMs) - clock.now(), signal);
          }
          const { due, ...now } = await facts(state);
          if (due !== null) {
            batchesRun++;
            return { reason: due, ...now };
          }
          if (!(await wait(now.positions, signal))) return null;
        }
      } catch (thrown) {
        if (job.stopping.aborted && !job.signal.aborted) return null;
        throw thrown;
      }
    },
  };
}
