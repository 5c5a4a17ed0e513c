import { MillraceError } from '@millrace/shared/errors';
import type { JobPlan } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { CommitStore, JobRecord, Takeover } from '@millrace/shared/store';
import { assertKeepsState } from '../recovery/resume-decision.ts';

export type ChangedSpec = { specText: string; fileName: string };

/** Gives an ended job another spec, if what is stored of the job fits it; gives the record as it is then. */
export async function changeSpec(
  commits: CommitStore,
  { jobId }: JobRecord,
  change: ChangedSpec & { spec: JobSpec; plan: JobPlan },
): Promise<JobRecord> {
  const takeover = await commits.takeOver(jobId);
  assertFits(takeover, change);
  const { specText, fileName, plan } = change;
  const record = { ...takeover.job, specText, fileName, planHash: plan.hash };
  await commits.updateJob(takeover.epoch, record);
  return record;
}

/** INCOMPATIBLE_CHANGE, with what does not fit. Pure. */
export function assertFits(
  { job, pending, lastCommit, lastCommitPublished, state }: Takeover,
  { spec, plan }: { spec: JobSpec; plan: JobPlan },
): void {
  if (spec.name !== job.jobId) {
    throw incompatible(
      `the spec is of the job "${spec.name}"`,
      `the name of a job cannot change: submit it as a job of its own`,
    );
  }
  assertKeepsState(state, plan);
  if (pending !== null && pending.planHash !== plan.hash) {
    throw incompatible(
      `batch ${pending.batchId} is under way with another query`,
      `first restart "${job.jobId}" as it was and stop it: the query can change between batches`,
    );
  }
  if (lastCommit !== null && !lastCommitPublished) {
    throw incompatible(
      `the output of batch ${lastCommit.batchId} is not published yet`,
      `first restart "${job.jobId}" as it was, so that its output goes where it was meant to`,
    );
  }
  const known = new Set(spec.sources.flatMap(({ name, topics }) => topics.map((topic) => `${name}/${topic}`)));
  const lost = (lastCommit?.positions ?? []).find(({ source, topic }) => !known.has(`${source}/${topic}`));
  if (lost) {
    throw incompatible(
      `the job has read topic "${lost.topic}" as "${lost.source}", which the spec does not have`,
      'keep the source and the topic, or submit the spec under another name',
    );
  }
}

const incompatible = (message: string, hint: string) => new MillraceError('INCOMPATIBLE_CHANGE', message, { hint });
