import type { MillraceError } from '@millrace/shared/errors';
import type { RpcService } from '@millrace/shared/rpc';
import { createIdleWait, type IdleWait } from '../cluster/idle-wait.ts';
import type { Load } from '../cluster/membership.ts';
import type { ExecutorDeps } from '../executor-deps.ts';
import type { ExecutorOptions } from '../executor-options.ts';
import { createByteBudget } from '../read/range-reader-budget.ts';
import { createFetchSizing } from '../read/range-reader-sizing.ts';
import { createBlockPeers } from '../shuffle/block-peers.ts';
import { createBlockService } from '../shuffle/block-service.ts';
import { createBlockStore } from '../shuffle/block-store.ts';
import { createBatchLedger } from './batch-ledger.ts';
import { createExecutorMetrics } from './executor-metrics.ts';
import { createJobLifecycle } from './job-lifecycle.ts';
import { createJobRegistry } from './job-registry.ts';
import { createKafkaClients } from './kafka-clients.ts';
import { createLaneSet } from './lane-set.ts';
import { createRunningAttempts } from './running-attempts.ts';
import type { ScratchSpace } from './scratch-space.ts';
import { createTableFiles } from './table-files.ts';
import { createTaskService } from './task-service.ts';

/** All that works on tasks: lanes, jobs, blocks, and the services through which others reach them. */
export type TaskHost = {
  services: RpcService[];
  /** No attempt runs, and no batch waits for its end here. */
  idle: IdleWait;
  refuseTasks(): void;
  load(): Promise<Load>;
  refreshMetrics(): Promise<void>;
  /** In the background; what fails is logged. */
  closeJobs(jobIds: readonly string[]): void;
  /** Stops what runs. */
  cancelAll(): Promise<void>;
  close(): Promise<void>;
};

/** `address`: where others reach this executor, known once the services listen. */
export function createTaskHost(
  options: Pick<ExecutorOptions, 'lanes' | 'laneMemoryMaxBytes' | 'prefetchMaxBytes'>,
  self: { incarnation: string; address(): string; scratch: ScratchSpace; onUnfit(error: MillraceError): void },
  deps: ExecutorDeps,
): TaskHost {
  const { clock, log, blobs } = deps;
  const { incarnation, scratch, address } = self;
  const scratchDir = scratch.dir;
  const openLane = (lane: number) => deps.openLane({ lane, scratchDir, memoryMaxBytes: options.laneMemoryMaxBytes });
  const lanes = createLaneSet(
    Array.from({ length: options.lanes }, (_, lane) => openLane(lane)),
    self.onUnfit,
  );
  const jobs = createJobRegistry();
  const running = createRunningAttempts({ clock, onStuck: self.onUnfit });
  const ledger = createBatchLedger();
  const blocks = createBlockStore();
  const budget = createByteBudget(options.prefetchMaxBytes);
  const peers = createBlockPeers(deps.transport);
  const kafka = createKafkaClients(deps.connectKafka);
  const metrics = createExecutorMetrics(deps.metrics);
  const idle = createIdleWait(() => running.count() === 0 && ledger.open() === 0 && blocks.count() === 0, clock);
  const tableFiles = createTableFiles({ blobs, scratchDir });
  const onClosed = (jobId: string) => {
    tableFiles.forget(jobId);
    return metrics.jobClosed(jobId);
  };
  const lifecycle = createJobLifecycle({
    ...{ jobs, running, lanes, blocks, ledger, kafka, clock, incarnation, scratchDir, log, onClosed },
  });
  let draining = false;
  const work = {
    jobs,
    running,
    lanes,
    ledger,
    blocks,
    budget,
    sizing: createFetchSizing(),
    peers,
    tableFiles,
    lifecycle,
    metrics,
  };
  const surroundings = { clock, log, blobs, scratchDir, incarnation, address };
  const taskService = createTaskService({
    ...work,
    ...surroundings,
    draining: () => draining,
    changed: idle.changed,
  });
  const closeJob = (jobId: string) =>
    lifecycle.close(jobId).then(idle.changed, (err: unknown) => log.warn({ job: jobId, err }, 'cannot close the job'));
  return {
    services: [taskService, createBlockService(blocks, incarnation)],
    idle,
    refuseTasks: () => {
      draining = true;
    },
    load: async () => ({
      busyLanes: lanes.busy(),
      queuedTasks: lanes.queued() + budget.waiting(),
      residentBytes: deps.process.residentBytes(),
      scratchBytes: await scratch.usedBytes(),
      openJobs: jobs.ids(),
    }),
    refreshMetrics: async () =>
      metrics.set({
        lanesBusy: lanes.busy(),
        prefetchBytes: budget.held(),
        scratchBytes: await scratch.usedBytes(),
        blockBytes: blocks.bytes(),
      }),
    closeJobs: (jobIds) => {
      for (const jobId of jobIds) void closeJob(jobId);
    },
    cancelAll: running.abortAll,
    close: async () => {
      await Promise.all(jobs.open().map((job) => job.close()));
      await kafka.close();
      peers.close();
      await lanes.close();
    },
  };
}
