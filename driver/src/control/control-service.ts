import { wire } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import type { ExecutorRegistry } from '../dispatch/executor-registry.ts';
import type { JobDirectory } from '../jobs/job-directory.ts';
import { describe, summaryOf } from './job-views.ts';
import type { StateQuery } from './query-job-state.ts';
import { watchJob } from './watch-job.ts';

export type ControlDependencies = {
  jobs: JobDirectory;
  registry: ExecutorRegistry;
  queryState: StateQuery;
  clock: Clock;
};

/** What people and programs do with jobs, over gRPC. */
export function controlService({ jobs, registry, queryState, clock }: ControlDependencies): RpcService {
  return rpcService(wire.ControlService, {
    Submit: ({ specText, fileName, dryRun }) => {
      if (specText === '') throw new MillraceError('INVALID_ARGUMENT', 'the spec is empty');
      return jobs.submit(specText, fileName || 'job', dryRun);
    },
    ListJobs: async () => ({ jobs: jobs.list().map(summaryOf) }),
    DescribeJob: async ({ jobId }) => describe(jobs.get(jobId)),
    StopJob: async ({ jobId }) => {
      const runner = jobs.get(jobId);
      await runner.stop();
      return { job: summaryOf(runner) };
    },
    CancelJob: async ({ jobId }) => {
      const runner = jobs.get(jobId);
      await runner.cancel();
      return { job: summaryOf(runner) };
    },
    RestartJob: async ({ jobId, specText, fileName, allowStateLoss, dryRun }) => {
      const change = specText === '' ? null : { specText, fileName: fileName || 'job' };
      const { runner, changes } = await jobs.restart(jobId, change, { allowStateLoss, dryRun });
      return {
        job: summaryOf(runner),
        state: changes.map((one) => ({ ...one, view: one.view ?? '', output: one.output ?? '' })),
      };
    },
    DeleteJob: async ({ jobId }) => ({ job: summaryOf(await jobs.remove(jobId)) }),
    Watch: ({ jobId }, { signal }) => watchJob(jobs.get(jobId), registry.onEvent, clock.now, signal),
    ListExecutors: async () => ({ executors: registry.summaries() }),
    QueryJobState: ({ jobId, sql, maxRows }) => queryState(jobs.get(jobId), sql, maxRows),
  });
}
