import { type Task, type TaskResultInput, wire } from '@millrace/proto';
import { createPhaseTimer } from '@millrace/shared/clock';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { attemptId } from '@millrace/shared/ids';
import { childLogger, type Logger, taskContext } from '@millrace/shared/logging';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import { createAttempt, requireTask } from './attempt.ts';
import { abortBatch, type BatchEndDeps, finishBatch, passBatch, publishBatch, requireOpen } from './batch-end.ts';
import type { ExecutorMetrics } from './executor-metrics.ts';
import { judgeTask } from './fence.ts';
import { queryState } from './query-state.ts';
import { startTaskLimit } from './task-limit.ts';
import { runAttempt, type TaskDeps } from './task-runner.ts';

export type TaskServiceDeps = TaskDeps &
  BatchEndDeps & {
    metrics: ExecutorMetrics;
    log: Logger;
    draining(): boolean;
    /** Something ended that a draining executor may be waiting for. */
    changed(): void;
  };

/** What the driver asks of this executor. Every method fences first: nothing happens for an older driver. */
export function createTaskService(deps: TaskServiceDeps): RpcService {
  let queries = 0;
  const thenChanged = async <Reply>(step: Promise<Reply>) => step.finally(deps.changed);
  return rpcService(wire.TaskService, {
    OpenJob: async (request) => {
      await deps.lifecycle.open(request);
      return {};
    },
    CloseJob: async ({ jobId, driverEpoch }) => {
      await deps.lifecycle.fenceDriver(jobId, driverEpoch);
      await thenChanged(deps.lifecycle.close(jobId));
      return {};
    },
    RunTask: (task, { signal }) => thenChanged(runTask(task, signal, deps)),
    FinishBatch: async (request) => {
      await thenChanged(finishBatch(request, deps));
      return {};
    },
    PassBatch: async (request) => {
      await passBatch(request, deps);
      return {};
    },
    AbortBatch: async (request) => {
      await thenChanged(abortBatch(request, deps));
      return {};
    },
    Publish: (request) => publishBatch(request, deps),
    QueryState: (request, { signal }) => queryState(request, String(queries++), { ...deps, signal }),
  });
}

async function runTask(task: Task, caller: AbortSignal, deps: TaskServiceDeps): Promise<TaskResultInput> {
  const { id } = requireTask(task);
  const { jobId, batchId, driverEpoch } = id;
  const seen = deps.jobs.find(jobId);
  const verdict = judgeTask(id, {
    incarnation: deps.incarnation,
    draining: deps.draining(),
    epochSeen: seen?.driverEpoch ?? null,
    planHash: seen?.job?.planHash ?? null,
    finishedBatch: seen?.finishedBatch ?? -1,
  });
  const job = requireOpen(jobId, (await deps.lifecycle.apply(jobId, driverEpoch, verdict)).job);
  const log = childLogger(deps.log, taskContext(id));
  if (id.attempt > 0) deps.metrics.retrySeen();
  return deps.running.run({ jobId, batchId, driverEpoch, attemptId: attemptId(id) }, caller, async (signal, cancel) => {
    const limit = startTaskLimit(task.timeoutMs, deps.clock, () => cancel(timedOut(task)));
    const attempt = createAttempt(task, job, { timer: createPhaseTimer(deps.clock), limit, signal });
    try {
      const result = await runAttempt(attempt, deps);
      deps.metrics.taskDone(attempt, result);
      log.debug({ timings: result.timings, counts: result.counts }, 'task done');
      const skipped = result.counts?.skippedRecords ?? 0;
      if (Number(skipped) > 0)
        log.warn({ skipped }, 'passed over records that Kafka had deleted before they were read');
      return result;
    } catch (thrown) {
      const error = toMillraceError(thrown);
      deps.metrics.taskFailed(attempt, error.code);
      log[error.code === 'CANCELLED' ? 'debug' : 'warn']({ err: error }, 'task failed');
      throw error;
    } finally {
      limit.close();
    }
  });
}

function timedOut({ id, timeoutMs }: Task): MillraceError {
  return new MillraceError('TASK_TIMED_OUT', `task ${id?.stage}/${id?.index} worked longer than ${timeoutMs} ms`, {
    hint: 'where its tasks need so long raise limits.taskTimeout, or lower limits.recordsPerBatch',
    details: { timeoutMs },
  });
}
