import type { DriverEpoch, JobId } from '@millrace/shared/ids';
import type { JobPlan } from '@millrace/shared/plan';
import { call } from '@millrace/shared/rpc';
import type { JobSpec } from '@millrace/shared/spec';
import type { ExecutorEntry } from './executor-registry.ts';

/** An executor reads a plan in milliseconds; one that does not is not well. */
const OPEN_TIMEOUT_MS = 10_000;

/** Hands the plan of one run of a job to each executor before its first task there. */
export type JobOpener = {
  open(executor: ExecutorEntry): Promise<void>;
  /** The executor said JOB_NOT_OPEN: hand it over again. */
  forget(executor: ExecutorEntry): void;
};

export function createJobOpener(job: {
  jobId: JobId;
  driverEpoch: DriverEpoch;
  plan: JobPlan;
  spec: JobSpec;
}): JobOpener {
  const request = {
    jobId: job.jobId,
    driverEpoch: job.driverEpoch,
    planHash: job.plan.hash,
    planJson: JSON.stringify(job.plan),
    specJson: JSON.stringify(job.spec),
  };
  const opened = new WeakMap<ExecutorEntry, Promise<unknown>>();
  return {
    async open(executor) {
      let opening = opened.get(executor);
      if (!opening) {
        opening = call(executor.client, 'OpenJob', request, { timeoutMs: OPEN_TIMEOUT_MS });
        opened.set(executor, opening);
        opening.catch(() => opened.delete(executor));
      }
      await opening;
    },
    forget: (executor) => opened.delete(executor),
  };
}
