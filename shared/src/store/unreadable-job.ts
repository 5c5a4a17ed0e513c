import { type MillraceError, toFailure } from '../errors/index.ts';
import type { JobId } from '../ids/index.ts';
import { type JobRecord, RECORD_VERSION } from './records.ts';

/** Stands for a job whose record is lost or cannot be read: people see that it failed and why, and can delete it. */
export function unreadableJob(jobId: JobId, error: MillraceError): JobRecord {
  return {
    version: RECORD_VERSION,
    jobId,
    ...{ specText: '', fileName: '', planHash: '', hashVersion: '', statePartitions: 1, submittedMs: 0 },
    status: { desired: 'stopped', observed: 'failed', failureJson: JSON.stringify(toFailure(error)) },
  };
}
