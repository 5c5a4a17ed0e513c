import type { Clock } from '@millrace/shared/clock';
import { MillraceError, toFailure, toMillraceError } from '@millrace/shared/errors';
import { type LaneJob, openLaneJob } from '../compute/lane-job.ts';
import { runTask } from '../compute/run-task.ts';
import { queryState } from '../state/query-state.ts';
import { statefulOperators } from '../state/stateful-operators.ts';
import { listenForInterrupts } from './interrupts.ts';
import type { LaneReply, LaneRequest, LaneWorkerData } from './messages.ts';

export type LaneService = {
  /** One request at a time; never rejects. */
  handle(request: LaneRequest): Promise<LaneReply>;
  close(): void;
};

const DONE: LaneReply = { kind: 'done' };

/** What a lane does, request by request, whatever thread it runs in. */
export function createLaneService(data: LaneWorkerData, clock: Pick<Clock, 'monotonic'>): LaneService {
  const interrupts = listenForInterrupts(data.interrupts);
  const jobs = new Map<string, LaneJob>();

  function jobOf(jobId: string): LaneJob {
    const job = jobs.get(jobId);
    if (!job) throw new MillraceError('JOB_NOT_OPEN', `Job ${jobId} is not open in lane ${data.lane}.`);
    return job;
  }

  function closeJob(jobId: string): void {
    jobs.get(jobId)?.close();
    jobs.delete(jobId);
  }

  async function openJob({ jobId, planHash, planJson }: Extract<LaneRequest, { kind: 'openJob' }>): Promise<LaneReply> {
    if (jobs.get(jobId)?.plan.hash === planHash) return DONE;
    closeJob(jobId);
    const { lane, scratchDir, memoryMaxBytes } = data;
    jobs.set(jobId, await openLaneJob({ jobId, planJson, lane, scratchDir, memoryMaxBytes, guard: interrupts }));
    return DONE;
  }

  /** What may be interrupted as a part of the attempt. */
  async function forAttempt(attemptId: string, work: () => Promise<LaneReply>): Promise<LaneReply> {
    interrupts.begin(attemptId);
    try {
      interrupts.check();
      return await work();
    } finally {
      interrupts.end();
    }
  }

  async function restoreState(request: Extract<LaneRequest, { kind: 'restoreState' }>): Promise<LaneReply> {
    const job = jobOf(request.jobId);
    const slice = await job.slices.take(request.slice.partitions, 0);
    await slice.restore(request.slice, statefulOperators(job.plan), request.files, request);
    return DONE;
  }

  async function dispatch(request: LaneRequest): Promise<LaneReply> {
    switch (request.kind) {
      case 'openJob':
        return await openJob(request);
      case 'closeJob':
        closeJob(request.jobId);
        return DONE;
      case 'runTask':
        return await forAttempt(request.attemptId, () => runTask(jobOf(request.jobId), request, clock));
      case 'loadTables':
        await jobOf(request.jobId).tables.load(request.tables);
        return DONE;
      case 'restoreState':
        return await forAttempt(request.attemptId, () => restoreState(request));
      case 'finishBatch':
        await jobOf(request.jobId).slices.finishBatch(request.batchId, new Set(request.adoptedBlobs));
        return DONE;
      case 'abortBatch':
        await jobOf(request.jobId).slices.dropBatch(request.batchId);
        return DONE;
      case 'queryState': {
        const { plan, folder } = jobOf(request.jobId);
        return { kind: 'stateRows', ...(await queryState(plan, request, folder, data.memoryMaxBytes)) };
      }
      default:
        return request satisfies never;
    }
  }

  return {
    async handle(request) {
      try {
        return await dispatch(request);
      } catch (error) {
        return { kind: 'failed', failure: toFailure(toMillraceError(error)) };
      }
    },
    close() {
      for (const jobId of [...jobs.keys()]) closeJob(jobId);
      data.interrupts.close();
    },
  };
}
