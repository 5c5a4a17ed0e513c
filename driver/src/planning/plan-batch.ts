import type { Limits, Trigger } from '@millrace/shared/spec';
import { type OffsetLogEntry, RECORD_VERSION } from '@millrace/shared/store';
import { recordsMaxOf } from '../backpressure/rate-estimator.ts';
import type { ExecutionState } from '../execution-state.ts';
import type { JobContext } from '../jobs/job-context.ts';
import type { TriggerFacts } from '../trigger/batch-trigger.ts';
import { planRanges, rangesToLog, unreadAfter } from './batch-plan.ts';
import { nextStateTtl } from './state-ttl.ts';

/** The intent of the next batch: everything a replay needs to read the same records and compute the same answer. */
export function planBatch(
  job: Pick<JobContext, 'spec' | 'plan' | 'driverEpoch' | 'tables'>,
  state: ExecutionState,
  facts: TriggerFacts,
  nowMs: number,
): OffsetLogEntry {
  const byBatchTime = job.plan.clock === 'batchTime';
  // A clock that was set back, or another driver's, does not turn time back: rows of a batch come at its time, and what was forgotten stays so.
  const timestampMs = Math.max(nowMs, state.timestampMs ?? nowMs, (byBatchTime ? facts.watermarkMs : null) ?? nowMs);
  const stateTtl = nextStateTtl(state.stateTtl, job.spec.stateTtlMs, timestampMs);
  const ranges = planRanges(facts.positions, facts.latest, recordsMax(job.spec.trigger, job.spec.limits, state));
  const tables = job.tables.current();
  return {
    version: RECORD_VERSION,
    batchId: state.next,
    driverEpoch: job.driverEpoch,
    planHash: job.plan.hash,
    timestampMs,
    watermarkMs: byBatchTime ? timestampMs : facts.watermarkMs,
    ranges: rangesToLog(ranges, state.positions ?? []),
    latest: unreadAfter(ranges, facts.latest),
    topics: facts.topics,
    ...(tables.length > 0 && { tables }),
    ...(stateTtl && { stateTtl }),
  };
}

/** `once` takes everything in one batch, as its name says; every other trigger is bounded. */
function recordsMax(trigger: Trigger, limits: Limits, state: ExecutionState): number {
  return trigger.kind === 'once' ? Number.MAX_SAFE_INTEGER : recordsMaxOf(state.rate, limits);
}
