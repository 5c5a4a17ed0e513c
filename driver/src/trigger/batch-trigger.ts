import type { TopicIdentity } from '@millrace/shared/store';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import { keyOf, type LatestOffset, newPartitions, offsetsRanBackwards, type Position } from '../planning/batch-plan.ts';
import type { IdleTracker } from '../planning/idle-partitions.ts';
import { forgetsMore, nextStateTtl } from '../planning/state-ttl.ts';
import { refuseRecreated } from '../planning/topic-identity.ts';
import { watermarkNow } from '../planning/watermark-now.ts';
import { createBackwardsGuard } from './backwards-guard.ts';
import { createBlockWatch } from './block-watch.ts';
import { type BatchReason, dueBatch, nextTickMs } from './due-batch.ts';

/** What the planner plans from: taken at one moment. */
export type TriggerFacts = {
  reason: BatchReason;
  positions: Position[];
  latest: LatestOffset[];
  topics: TopicIdentity[];
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
  const lookForBlocks = createBlockWatch(job);

  async function facts(state: ExecutionState): Promise<{ due: BatchReason | null } & Omit<TriggerFacts, 'reason'>> {
    const [seen, ends] = await lookForBlocks(offsets.latest());
    const topics = await offsets.topics();
    refuseRecreated(state.topics, topics);
    const bounded = trigger.kind === 'availableNow' || trigger.kind === 'once';
    if (bounded && end === null) end = seen;
    const latest = end ?? seen;
    const positions = await allPositions(state, latest);
    refuseBackwards(positions, seen, clock.monotonic());
    idle.observe(positions, ends, clock.monotonic());
    const watermarkMs = watermarkNow(job, positions, state.watermarkMs, clock.now(), (partition, timeoutMs) =>
      bounded ? idle.isIdle(partition, 0, clock.monotonic()) : idle.isIdle(partition, timeoutMs, clock.monotonic()),
    );
    const due = dueBatch({
      first: state.positions === null,
      positions,
      latest,
      watermarkMs,
      nextExpiryMs: state.nextExpiryMs,
      forgets: forgetsNow(job, state, clock.now()),
    });
    return { due, positions, latest, topics, watermarkMs };
  }

  /** Partitions that appeared since the last batch are read from their beginning. */
  async function allPositions(state: ExecutionState, latest: readonly LatestOffset[]): Promise<Position[]> {
    const known = state.positions ?? (await offsets.starting());
    const added = newPartitions(known, latest);
    return added.length === 0 ? known : [...known, ...(await offsets.beginning(added))];
  }

  /** False: nothing more will ever be due. */
  async function wait(
    { positions, latest }: Pick<TriggerFacts, 'positions' | 'latest'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    switch (trigger.kind) {
      case 'once':
      case 'availableNow':
        return false;
      case 'interval':
        return true;
      case 'asap':
        await offsets.waitForRecords(withoutBackwards(positions, latest), WAIT_MAX_MS, signal);
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
          if (!(await wait(now, signal))) return null;
        }
      } catch (thrown) {
        if (job.stopping.aborted && !job.signal.aborted) return null;
        throw thrown;
      }
    },
  };
}

/** Some state is there that would be taken back. */
function forgetsNow({ plan, spec }: JobContext, { stateRows, stateTtl }: ExecutionState, nowMs: number): boolean {
  if (!forgetsMore(nextStateTtl(stateTtl, spec.stateTtlMs, nowMs), stateTtl)) return false;
  const operators = plan.stages.flatMap((stage) => stage.operators);
  return operators.some(({ id, state }) => state?.ttl?.takesBack && (stateRows[id] ?? 0) > 0);
}

/** Those that have an end to wait behind: the brokers refuse the others, which the guard bears for a while. */
function withoutBackwards(positions: readonly Position[], latest: readonly LatestOffset[]): Position[] {
  const backwards = new Set(offsetsRanBackwards(positions, latest).map(keyOf));
  return positions.filter((position) => !backwards.has(keyOf(position)));
}
