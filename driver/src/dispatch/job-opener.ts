import type { BatchId, DriverEpoch, JobId } from '@millrace/shared/ids';
import type { JobPlan } from '@millrace/shared/plan';
import { call } from '@millrace/shared/rpc';
import type { JobSpec } from '@millrace/shared/spec';
import type { ExecutorEntry } from './executor-registry.ts';

/** An executor reads a plan in milliseconds; one that does not is not well. */
const OPEN_TIMEOUT_MS = 10_000;

/** Hands the plan of one run of a job to each executor before its first task there. */
export type JobOpener = {
  open(executor: ExecutorEntry): Promise<void>;
  /** Whether it was handed to this executor: else nothing there was made for this run. */
  isOpen(executor: ExecutorEntry): boolean;
  /** The executor said JOB_NOT_OPEN: hand it over again. */
  forget(executor: ExecutorEntry): void;
};

/** What executors are told of a run, to notice a store that was rolled back. */
export type RunIdentity = {
  /** Of this takeover alone; empty when nothing is going to run. */
  run: string;
  submittedMs: number;
  /** At the takeover. */
  lastBatch: BatchId;
};

export function createJobOpener(
  { jobId, driverEpoch, run, submittedMs, lastBatch }: { jobId: JobId; driverEpoch: DriverEpoch } & RunIdentity,
  { plan, spec }: { plan: JobPlan; spec: JobSpec },
): JobOpener {
  const identity = { jobId, driverEpoch, run, submittedMs, lastBatch };
  const texts = { planHash: plan.hash, planJson: JSON.stringify(plan), specJson: JSON.stringify(spec) };
  const request = { ...identity, ...texts };
  const opened = new WeakMap<ExecutorEntry, Promise<unknown>>();
  return {
    async open(executor) {
      let opening = opened.get(executor);
      if (!opening) {
        opening = call(executor.client, 'OpenJob', request, { timeoutMs: OPEN_TIMEOUT_MS, signal: executor.lost });
        opened.set(executor, opening);
        opening.catch(() => opened.delete(executor));
      }
      await opening;
    },
    isOpen: (executor) => opened.has(executor),
    forget: (executor) => opened.delete(executor),
  };
}
