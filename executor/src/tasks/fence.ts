// Who may still tell this executor what to do. Facts in, a verdict out; task-service.ts acts on it before anything else.
import type { ErrorCode } from '@millrace/shared/errors';

export type FenceFacts = {
  /** Incarnation of this process. */
  incarnation: string;
  draining: boolean;
  /** Highest driver epoch seen for the job; null: none yet. */
  epochSeen: number | null;
  /** Plan that is open for the job; null: none. */
  planHash: string | null;
  /** Last batch known to be committed under the present driver epoch; −1: none. */
  finishedBatch: number;
};

export type FenceVerdict = {
  /** A newer driver speaks: whatever runs for older ones must stop, also when this very message is refused. */
  raisesEpoch: boolean;
  refusal: { code: ErrorCode; message: string } | null;
};

/** For every message that names a driver epoch. */
export function judgeDriver(driverEpoch: number, epochSeen: number | null): FenceVerdict {
  if (epochSeen !== null && driverEpoch < epochSeen) {
    const message = `driver epoch ${driverEpoch} is over, ${epochSeen} leads the job`;
    return { raisesEpoch: false, refusal: { code: 'STALE_DRIVER_EPOCH', message } };
  }
  return { raisesEpoch: epochSeen === null || driverEpoch > epochSeen, refusal: null };
}

/** What an executor remembers of the runs of a job, for as long as it holds the job. */
export type RunsSeen = {
  /** The run that opened the job under the driver epoch seen last; null: none has. */
  opened: { run: string; submittedMs: number } | null;
  /** Highest batch that was committed under earlier driver epochs, and of which job of this name; null: none known. */
  past: { submittedMs: number; batch: number } | null;
};

/**
 * Whether the store that a run was taken over from knows all that this executor has seen, for a driver epoch that is not older.
 * The store gives each driver epoch to one run, and a committed batch stays committed: where that does not hold, the
 * store was rolled back. Gives what contradicts, or null.
 */
export function judgeRun(
  request: { driverEpoch: number; run: string; submittedMs: number; lastBatch: number },
  { opened, past }: RunsSeen,
): string | null {
  if (request.run === '') return null;
  if (opened !== null) {
    return opened.run === request.run ? null : `driver epoch ${request.driverEpoch} was given to another driver before`;
  }
  if (past === null || past.submittedMs !== request.submittedMs || past.batch <= request.lastBatch) return null;
  return `batch ${past.batch} was committed before, and ${request.lastBatch} is the last one there`;
}

/** For tasks. The incarnation comes first: a message meant for an earlier process says nothing about this one. */
export function judgeTask(
  task: { incarnation: string; driverEpoch: number; planHash: string; batchId: number },
  facts: FenceFacts,
): FenceVerdict {
  if (task.incarnation !== facts.incarnation) {
    const message = `incarnation ${task.incarnation} is gone, this is ${facts.incarnation}`;
    return { raisesEpoch: false, refusal: { code: 'EXECUTOR_LOST', message } };
  }
  const driver = judgeDriver(task.driverEpoch, facts.epochSeen);
  if (driver.refusal) return driver;
  const { raisesEpoch } = driver;
  if (facts.draining) {
    return { raisesEpoch, refusal: { code: 'EXECUTOR_DRAINING', message: 'this executor takes no new tasks' } };
  }
  if (task.planHash !== facts.planHash) {
    return { raisesEpoch, refusal: { code: 'JOB_NOT_OPEN', message: 'the job is not open here with this plan' } };
  }
  if (!raisesEpoch && task.batchId <= facts.finishedBatch) {
    const message = `batch ${task.batchId} is committed already, as far as ${facts.finishedBatch}`;
    return { raisesEpoch, refusal: { code: 'STALE_BATCH', message } };
  }
  return { raisesEpoch, refusal: null };
}
