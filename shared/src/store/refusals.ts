import { type ErrorCode, MillraceError } from '../errors/index.ts';

/** What a step was asked for, as far as an error has to name it. */
export type StepCall = { job: string; epoch?: number; batch?: number };

/** `stored`: the fact in the store that made it refuse, as text. */
export type Refusal = { code: RefusalCode; stored: string };

type RefusalText = { error: ErrorCode; message: (call: StepCall, stored: string) => string; hint: string };

/** The way out for every error that found the store rolled back. */
export const STORE_OLDER_HINT =
  'The store has lost acknowledged writes: it was restored from a backup, or failed over to a replica that lacked them. Bring back its newest data, or delete the job and submit it anew, to compute it from the start.';

/**
 * Every reason for which a step of the commit store is refused. The Lua scripts and the rules of the memory store answer
 * with these codes and nothing else; here they become errors.
 */
const REFUSALS = {
  'job-unknown': {
    error: 'JOB_UNKNOWN',
    message: ({ job }) => `There is no job "${job}"`,
    hint: '`millrace jobs` lists the jobs of this store.',
  },
  'data-missing': {
    error: 'STORE_CORRUPT',
    message: ({ job }, stored) => `A part of job "${job}" is missing from the store: ${stored}`,
    hint: 'Something has evicted or deleted it. Restore the store from a backup, or delete the job and submit it anew, to compute it from the start.',
  },
  'job-exists': {
    error: 'JOB_EXISTS',
    message: ({ job }) => `There is already a job "${job}"`,
    hint: 'Choose another name, or delete the job first.',
  },
  'epoch-stale': {
    error: 'STALE_DRIVER_EPOCH',
    message: ({ job, epoch }, stored) =>
      `A newer driver has taken over job "${job}": its driver epoch is ${stored}, ours ${epoch}`,
    hint: '',
  },
  'epoch-ahead': {
    error: 'STORE_CORRUPT',
    message: ({ job, epoch }, stored) =>
      `The store is older than this driver: job "${job}" stands at driver epoch ${stored} there, ours is ${epoch}`,
    hint: STORE_OLDER_HINT,
  },
  'batch-stale': {
    error: 'STALE_BATCH',
    message: ({ job, batch }, stored) =>
      `Batch ${batch} does not follow the last committed batch of job "${job}", which is ${stored}`,
    hint: '',
  },
  'batch-ahead': {
    error: 'STORE_CORRUPT',
    message: ({ job, batch }, stored) =>
      `The store is older than this driver: the last committed batch of job "${job}" is ${stored} there, and batch ${batch} is under way`,
    hint: STORE_OLDER_HINT,
  },
  'token-stale': {
    error: 'STALE_BATCH',
    message: ({ job, batch }) => `Batch ${batch} of job "${job}" is already committed, by another attempt`,
    hint: '',
  },
  'batch-pending': {
    error: 'JOB_STATUS_CONFLICT',
    message: ({ job }, stored) => `Job "${job}" has batch ${stored} under way, planned with another plan`,
    hint: 'Let the batch be committed under the plan it was logged with, then change the job.',
  },
  'intent-missing': {
    error: 'STORE_CORRUPT',
    message: ({ job, batch }) => `Batch ${batch} of job "${job}" has no entry in the offset log`,
    hint: 'Either the store has lost an acknowledged write (Redis needs appendonly yes and appendfsync always), or the batch was never logged.',
  },
  'plan-differs': {
    error: 'INTERNAL',
    message: ({ job, batch }) =>
      `Batch ${batch} of job "${job}" was computed under another plan than it was logged with`,
    hint: '',
  },
  'previous-unpublished': {
    error: 'INTERNAL',
    message: ({ job, batch }, stored) =>
      `Batch ${batch} of job "${job}" cannot be committed before ${stored} is published`,
    hint: '',
  },
} as const satisfies Record<string, RefusalText>;

export type RefusalCode = keyof typeof REFUSALS;

/** The reply of a script as a refusal code; null when it is none. */
export function refusalCodeOf(code: string): RefusalCode | null {
  return Object.hasOwn(REFUSALS, code) ? (code as RefusalCode) : null;
}

export function refusalError(refusal: Refusal, call: StepCall): MillraceError {
  const { error, message, hint }: RefusalText = REFUSALS[refusal.code];
  return new MillraceError(error, message(call, refusal.stored), {
    hint,
    details: { ...call, reason: refusal.code, stored: refusal.stored },
  });
}
