import { MillraceError } from '@millrace/shared/errors';
import { type JobPlan, type StateOutcome, stateOutcomeLines } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';
import type { CommitStore, JobRecord, Takeover } from '@millrace/shared/store';
import { compareState, losesState, type StateComparison, type StoredState } from './compare-state.ts';
import type { CompileText } from './compile-text.ts';

export type ChangedSpec = { specText: string; fileName: string };

export type ChangeOptions = {
  /** State that does not fit is freed, and what has none begins empty; else that is refused. */
  allowStateLoss: boolean;
  /** Refuses and tells the same, and changes nothing. A running job is looked at as if it were stopped. */
  dryRun: boolean;
};

/** Gives an ended job another spec, if what is stored of the job fits it; gives the record as it is then, and what became of its state. */
export async function changeSpec(
  { commits, compile }: { commits: CommitStore; compile: CompileText },
  { jobId }: JobRecord,
  change: ChangedSpec & { spec: JobSpec; plan: JobPlan },
  { allowStateLoss, dryRun }: ChangeOptions,
): Promise<{ record: JobRecord; changes: StateOutcome[] }> {
  const takeover = dryRun ? onceStopped(await commits.read(jobId)) : await commits.takeOver(jobId);
  assertFits(takeover, change);
  const { specText, fileName, plan } = change;
  const comparison = compareState(takeover, await presentPlan(takeover.job, compile), plan);
  if (!allowStateLoss) assertKeepsAll(takeover, comparison);
  const record = { ...takeover.job, specText, fileName, planHash: plan.hash };
  if (!dryRun) await commits.updateJob(takeover.epoch, record, comparison.blobs);
  return { record, changes: comparison.changes };
}

/** What runs is committed and published by the time a job has stopped. */
const onceStopped = (found: Takeover): Takeover =>
  found.job.status.desired === 'stopped' ? found : { ...found, pending: null, lastCommitPublished: true };

/** Null: this version compiles the spec no more. */
async function presentPlan({ specText, fileName }: JobRecord, compile: CompileText): Promise<JobPlan | null> {
  try {
    return (await compile(specText, fileName)).plan;
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === 'INVALID_SPEC') return null;
    throw thrown;
  }
}

/** INCOMPATIBLE_CHANGE, with what becomes of the state, where some is lost or begins empty. Pure. */
export function assertKeepsAll(stored: StoredState, comparison: StateComparison): void {
  if (!losesState(stored, comparison)) return;
  const { changes } = comparison;
  const message = ['the changed query does not go on with all of its state', ...stateOutcomeLines(changes)].join('\n');
  throw new MillraceError('INCOMPATIBLE_CHANGE', message, {
    hint:
      '--allow-state-loss goes on: what is lost is freed, what is new sees only the records from where the job stands, and what was put ' +
      'out stays. To compute all of it anew, submit the spec under another name with startingOffsets: earliest',
    details: { state: changes },
  });
}

/** INCOMPATIBLE_CHANGE, with what does not fit. Pure. */
export function assertFits(
  { job, pending, lastCommit, lastCommitPublished }: Takeover,
  { spec, plan }: { spec: JobSpec; plan: JobPlan },
): void {
  if (spec.name !== job.jobId) {
    throw incompatible(
      `the spec is of the job "${spec.name}"`,
      `the name of a job cannot change: submit it as a job of its own`,
    );
  }
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
  if (lastCommit?.stateTtl !== undefined && spec.stateTtlMs === null) {
    throw incompatible(
      'the spec has no stateTtl any more, and what the job has forgotten would come back from its store',
      'keep stateTtl: it may be any duration, a longer one holds for what comes from now on',
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
