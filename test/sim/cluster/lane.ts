import { MillraceError, toFailure, toMillraceError } from '@millrace/shared/errors';
import type { JobPlan } from '@millrace/shared/plan';
import type { LaneReply, LaneRequest } from '../../../executor/src/lanes/messages.ts';
import { holdSliceStates } from '../../../executor/src/state/slice-states.ts';
import { statefulOperators } from '../../../executor/src/state/stateful-operators.ts';
import type { Lane } from '../../../executor/src/tasks/lane-set.ts';
import type { Files } from '../world/files.ts';
import type { Dice } from '../world/random.ts';
import type { Process, Scheduler } from '../world/scheduler.ts';
import type { JobShape } from './job-shape.ts';
import { type LaneJob, runLaneTask } from './lane-task.ts';
import { openStateSession } from './state-session.ts';

/** How long a task computes. ms; stragglers are the faults' business. */
export type LanePace = { taskMaxMs: number };

export type LaneWorld = {
  process: Process;
  scheduler: Scheduler;
  dice: Dice;
  files: Files;
  pace: LanePace;
  shape: JobShape;
};

const DONE: LaneReply = { kind: 'done' };

/**
 * A lane as the executor's main thread sees it, over the executor's real state code: one request at a time, in order,
 * each after a while. What DuckDB computes is computed by kernel.ts.
 */
export function openSimulatedLane(world: LaneWorld, scratchDir: string): Lane {
  const { scheduler, process, dice } = world;
  const jobs = new Map<string, LaneJob>();
  const cancelled = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  let skip: { attemptId: string; now(): void } | null = null;

  function pause(request: LaneRequest): Promise<void> {
    if (request.kind !== 'runTask') return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        skip = null;
        resolve();
      };
      const off = scheduler.after(dice.random() * world.pace.taskMaxMs, process, 'lane', end);
      skip = {
        attemptId: request.attemptId,
        now: () => {
          off();
          end();
        },
      };
    });
  }

  function openJob(jobId: string, planJson: string): LaneReply {
    const plan = JSON.parse(planJson) as JobPlan;
    const { statePartitions } = plan;
    const options = { statePartitions, memoryMaxBytes: Number.MAX_SAFE_INTEGER };
    const slices = holdSliceStates(async () => openStateSession(world.files), options);
    const folder = `${scratchDir}/${jobId}/lane`;
    jobs.set(jobId, { plan, shape: world.shape, slices, folder, files: world.files });
    return DONE;
  }

  function jobOf(jobId: string): LaneJob {
    const job = jobs.get(jobId);
    if (job) return job;
    throw new MillraceError('JOB_NOT_OPEN', `job ${jobId} is not open in this lane`);
  }

  async function handle(request: LaneRequest): Promise<LaneReply> {
    switch (request.kind) {
      case 'openJob':
        return openJob(request.jobId, request.planJson);
      case 'closeJob':
        jobs.delete(request.jobId);
        return DONE;
      case 'runTask':
        if (cancelled.has(request.attemptId)) throw new MillraceError('CANCELLED', 'the attempt was cancelled');
        return await runLaneTask(jobOf(request.jobId), request);
      case 'restoreState': {
        const { plan, slices } = jobOf(request.jobId);
        const slice = await slices.take(request.slice.partitions, 0);
        await slice.restore(request.slice, statefulOperators(plan), request.files, request);
        return DONE;
      }
      case 'finishBatch':
        await jobOf(request.jobId).slices.finishBatch(request.batchId, new Set(request.adoptedBlobs));
        return DONE;
      case 'abortBatch':
        await jobOf(request.jobId).slices.dropBatch(request.batchId);
        return DONE;
      case 'loadTables':
        throw new MillraceError('INTERNAL', 'simulated jobs have no tables');
      case 'queryState':
        throw new MillraceError('INTERNAL', 'nobody looks at simulated state');
      default:
        return request satisfies never;
    }
  }

  async function turn(request: LaneRequest): Promise<LaneReply> {
    await pause(request);
    try {
      return await handle(request);
    } catch (error) {
      return { kind: 'failed', failure: toFailure(toMillraceError(error)) };
    }
  }

  return {
    run(request) {
      const reply = last.then(() => turn(request));
      last = reply;
      return reply;
    },
    interrupt(attemptId) {
      cancelled.add(attemptId);
      if (skip?.attemptId === attemptId) skip.now();
    },
    close: async () => {},
  };
}
