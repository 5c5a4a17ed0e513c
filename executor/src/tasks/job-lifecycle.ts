import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenJobRequest } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import { STORE_OLDER_HINT } from '@millrace/shared/store';
import type { BlockStore } from '../shuffle/block-store.ts';
import type { BatchLedger } from './batch-ledger.ts';
import { type FenceVerdict, judgeDriver, judgeRun } from './fence.ts';
import type { JobEntry, JobRegistry } from './job-registry.ts';
import type { KafkaClients } from './kafka-clients.ts';
import type { LaneSet } from './lane-set.ts';
import { openJob } from './open-job.ts';
import type { RunningAttempts } from './running-attempts.ts';

export type JobLifecycle = {
  /**
   * Idempotent by plan and spec; another plan or spec replaces the present one. STORE_CORRUPT when the driver took the job over
   * from a store that lacks what this executor has seen.
   */
  open(request: OpenJobRequest): Promise<void>;
  /** Stops what runs and frees everything the job has here. Fine when there is nothing. */
  close(jobId: string): Promise<void>;
  /** Throws when an older driver speaks; when a newer one does, stops what runs for the older. */
  fenceDriver(jobId: string, driverEpoch: number): Promise<JobEntry>;
  /** Acts on a verdict: the epoch first, then the refusal. */
  apply(jobId: string, driverEpoch: number, verdict: FenceVerdict): Promise<JobEntry>;
};

export type JobLifecycleDeps = {
  jobs: JobRegistry;
  running: RunningAttempts;
  lanes: LaneSet;
  blocks: BlockStore;
  ledger: BatchLedger;
  kafka: KafkaClients;
  clock: Clock;
  incarnation: string;
  scratchDir: string;
  log: Logger;
  onClosed(jobId: string): Promise<void>;
};

export function createJobLifecycle(deps: JobLifecycleDeps): JobLifecycle {
  const { jobs, running, lanes, blocks, ledger, kafka, clock, incarnation, scratchDir, log } = deps;
  const inTurn = createTurns();

  const apply: JobLifecycle['apply'] = async (jobId, driverEpoch, { raisesEpoch, refusal }) => {
    if (raisesEpoch) {
      jobs.raise(jobId, driverEpoch);
      await running.abort(
        (key) => key.jobId === jobId && key.driverEpoch < driverEpoch,
        'a newer driver leads the job',
      );
    }
    if (refusal) {
      const epochSeen = jobs.find(jobId)?.driverEpoch;
      throw new MillraceError(refusal.code, refusal.message, { details: { jobId, driverEpoch, epochSeen } });
    }
    const entry = jobs.find(jobId);
    // Closed while the attempts above were ending.
    if (!entry) throw new MillraceError('JOB_NOT_OPEN', `job '${jobId}' was closed`, { details: { jobId } });
    return entry;
  };
  const fenceDriver: JobLifecycle['fenceDriver'] = (jobId, driverEpoch) =>
    apply(jobId, driverEpoch, judgeDriver(driverEpoch, jobs.find(jobId)?.driverEpoch ?? null));

  const open = async (request: OpenJobRequest) => {
    const { jobId, driverEpoch, planHash, specJson, run, submittedMs } = request;
    const seen = await fenceDriver(jobId, driverEpoch);
    const contradiction = judgeRun(request, seen);
    if (contradiction !== null) {
      throw new MillraceError('STORE_CORRUPT', `the store is older than this executor: ${contradiction}`, {
        hint: STORE_OLDER_HINT,
        details: { jobId, driverEpoch, lastBatch: request.lastBatch },
      });
    }
    if (run !== '') jobs.noteRun(jobId, { run, submittedMs });
    const { job: present } = seen;
    if (present?.planHash === planHash && present.specJson === specJson) return;
    const job = openJob(request, { clients: kafka, clock, incarnation });
    await running.abort((key) => key.jobId === jobId, 'the job was opened anew');
    jobs.setJob(jobId, job);
    await present?.close();
    // Ahead of the first task, which finds the lanes warm; a failure is kept for it.
    lanes
      .openEverywhere(job)
      .catch((error: unknown) => log.warn({ job: jobId, err: error }, 'a lane cannot open the job'));
  };

  const close = async (jobId: string) => {
    const entry = jobs.find(jobId);
    // First: from here on tasks are refused.
    jobs.remove(jobId);
    await running.abort((key) => key.jobId === jobId, 'the job was closed');
    await lanes.closeJob(jobId);
    await blocks.freeJob(jobId);
    ledger.forgetJob(jobId);
    await entry?.job?.close();
    await rm(join(scratchDir, jobId), { recursive: true, force: true });
    await deps.onClosed(jobId);
  };

  return {
    open: (request) => inTurn(request.jobId, () => open(request)),
    close: (jobId) => inTurn(jobId, () => close(jobId)),
    fenceDriver,
    apply,
  };
}

/** Steps of one job run one after the other, in the order of their calls. */
function createTurns(): <Result>(key: string, step: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return (key, step) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(step);
    const settled = turn
      .catch(() => {})
      .then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return turn;
  };
}
