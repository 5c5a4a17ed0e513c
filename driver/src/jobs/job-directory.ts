import { MillraceError } from '@millrace/shared/errors';
import { jobId } from '@millrace/shared/ids';
import { type GrowthNote, HASH_VERSION, type StateOutcome, tellingWarnings } from '@millrace/shared/plan';
import { nearest } from '@millrace/shared/spec';
import { type JobRecord, RECORD_VERSION } from '@millrace/shared/store';
import { blobEpoch } from '../recovery/blob-epoch.ts';
import { removeBlobs } from '../recovery/remove-blobs.ts';
import { type ChangedSpec, type ChangeOptions, changeSpec } from './change-spec.ts';
import { checkOnline } from './check-online.ts';
import type { RunnerDependencies } from './job-run.ts';
import { createJobRunner, type JobRunner } from './job-runner.ts';

export type Submitted = { jobId: string; warnings: string[]; growth: GrowthNote[] };

/** All jobs of this driver. */
export type JobDirectory = {
  /** Starts the jobs that the store says should run. */
  recover(): Promise<void>;
  /** Checks everything, stores the job and starts it (`dryRun`: only checks). */
  submit(specText: string, fileName: string, dryRun: boolean): Promise<Submitted>;
  /** JOB_UNKNOWN when there is none. */
  get(id: string): JobRunner;
  list(): JobRunner[];
  /**
   * Goes on with a job, under a changed spec if there is one, and tells what becomes of its state. JOB_STATUS_CONFLICT when it runs
   * already (a dry run only looks), INCOMPATIBLE_CHANGE when what is stored of the job does not fit the spec.
   */
  restart(
    id: string,
    change: ChangedSpec | null,
    options: ChangeOptions,
  ): Promise<{ runner: JobRunner; changes: StateOutcome[] }>;
  /** JOB_STATUS_CONFLICT while it runs. */
  remove(id: string): Promise<JobRunner>;
  onAdded(listener: (runner: JobRunner) => void): void;
  onRemoved(listener: (runner: JobRunner) => void): void;
  /** Leaves every job as it is for the next driver. */
  close(): Promise<void>;
};

const ENDED = new Set(['stopped', 'finished', 'failed']);

export function createJobDirectory(deps: RunnerDependencies): JobDirectory {
  const runners = new Map<string, JobRunner>();
  const added: ((runner: JobRunner) => void)[] = [];
  const removed: ((runner: JobRunner) => void)[] = [];

  function add(record: JobRecord): JobRunner {
    const runner = createJobRunner(deps, record);
    runners.set(record.jobId, runner);
    for (const listener of added) listener(runner);
    return runner;
  }

  function get(id: string): JobRunner {
    const runner = runners.get(id);
    if (runner) return runner;
    const names = [...runners.keys()];
    const near = nearest(id, names);
    const all = names.length > 0 ? '`millrace jobs` lists the jobs there are' : 'no job was submitted yet';
    const hint = near === undefined ? all : `did you mean "${near}"?`;
    throw new MillraceError('JOB_UNKNOWN', `there is no job "${id}"`, { hint, details: { job: id } });
  }

  /** INVALID_SPEC with every problem that the spec, its query and the brokers show. */
  function check(specText: string, fileName: string) {
    return deps.compile(specText, fileName, (spec) => checkOnline(spec, deps));
  }

  function endedOnly(runner: JobRunner, wish: string): void {
    const { observed } = runner.now().status;
    if (ENDED.has(observed)) return;
    throw new MillraceError('JOB_STATUS_CONFLICT', `job "${runner.record.jobId}" is ${observed}; ${wish}`, {
      hint: `stop it first: millrace stop ${runner.record.jobId}`,
    });
  }

  async function update(runner: JobRunner, change: ChangedSpec, options: ChangeOptions): Promise<StateOutcome[]> {
    const { specText, fileName } = change;
    const { spec, plan } = await check(specText, fileName);
    const { record, changes } = await changeSpec(deps, runner.record, { specText, fileName, spec, plan }, options);
    if (options.dryRun) return changes;
    runner.update(record);
    deps.log.info({ job: record.jobId, state: changes }, 'job has a changed spec');
    return changes;
  }

  return {
    async recover() {
      for (const record of await deps.commits.listJobs()) {
        const runner = add(record);
        if (record.status.desired === 'running') runner.start();
      }
    },
    async submit(specText, fileName, dryRun) {
      const { spec, plan } = await check(specText, fileName);
      if (runners.has(spec.name)) {
        throw new MillraceError('JOB_EXISTS', `there is a job "${spec.name}" already`, {
          hint: `millrace restart ${spec.name} goes on with it, with --spec under this one (--dry-run shows what becomes of its state); millrace delete ${spec.name} forgets it; or choose another name`,
        });
      }
      const submitted = { jobId: spec.name, warnings: tellingWarnings(plan), growth: plan.notes?.growth ?? [] };
      if (dryRun) return submitted;
      const record: JobRecord = {
        version: RECORD_VERSION,
        jobId: jobId(spec.name),
        specText,
        fileName,
        planHash: plan.hash,
        hashVersion: HASH_VERSION,
        statePartitions: plan.statePartitions,
        submittedMs: deps.clock.now(),
        status: { desired: 'running', observed: 'starting', failureJson: null },
      };
      await deps.commits.createJob(record);
      deps.log.info({ job: record.jobId }, 'job submitted');
      add(record).start();
      return submitted;
    },
    get,
    list: () => [...runners.values()].sort((a, b) => (a.record.jobId < b.record.jobId ? -1 : 1)),
    async restart(id, change, options) {
      const runner = get(id);
      if (!options.dryRun) endedOnly(runner, 'only an ended job is restarted');
      // What an older version stored may have no place in the plan of the same spec either.
      const asked = change ?? (options.allowStateLoss || options.dryRun ? runner.record : null);
      const changes = asked === null ? [] : await update(runner, asked, options);
      if (!options.dryRun) runner.start();
      return { runner, changes };
    },
    async remove(id) {
      const runner = get(id);
      endedOnly(runner, 'only an ended job is deleted');
      const epoch = await deps.commits.raiseEpoch(runner.record.jobId);
      await deps.commits.deleteJob(runner.record.jobId, epoch);
      runners.delete(id);
      for (const listener of removed) listener(runner);
      deps.log.info({ job: id }, 'job deleted');
      // A job that is submitted anew under this name, perhaps through another driver, goes on from a higher epoch.
      await removeBlobs(deps.blobs, `${id}/`, (name) => epoch > 0 && blobEpoch(name) > epoch);
      return runner;
    },
    onAdded: (listener) => added.push(listener),
    onRemoved: (listener) => removed.push(listener),
    async close() {
      await Promise.all([...runners.values()].map((runner) => runner.abandon()));
    },
  };
}
