// Original file: proto/millrace/v1/control.proto

import type { JobSummaryInput as _millrace_v1_JobSummaryInput, JobSummary as _millrace_v1_JobSummary } from '../../millrace/v1/JobSummary.ts';

export interface ListJobsReplyInput {
  'jobs'?: (_millrace_v1_JobSummaryInput)[];
}

export interface ListJobsReply {
  'jobs': (_millrace_v1_JobSummary)[];
}
