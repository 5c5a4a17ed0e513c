// Original file: proto/millrace/v1/control.proto

import type { JobSummaryInput as _millrace_v1_JobSummaryInput, JobSummary as _millrace_v1_JobSummary } from '../../millrace/v1/JobSummary.ts';
import type { StateOutcomeInput as _millrace_v1_StateOutcomeInput, StateOutcome as _millrace_v1_StateOutcome } from '../../millrace/v1/StateOutcome.ts';

export interface RestartReplyInput {
  'job'?: (_millrace_v1_JobSummaryInput | null);
  'state'?: (_millrace_v1_StateOutcomeInput)[];
}

export interface RestartReply {
  'job': (_millrace_v1_JobSummary | null);
  'state': (_millrace_v1_StateOutcome)[];
}
