// Original file: proto/millrace/v1/control.proto

import type { ExecutorSummaryInput as _millrace_v1_ExecutorSummaryInput, ExecutorSummary as _millrace_v1_ExecutorSummary } from '../../millrace/v1/ExecutorSummary.ts';

export interface ListExecutorsReplyInput {
  'executors'?: (_millrace_v1_ExecutorSummaryInput)[];
}

export interface ListExecutorsReply {
  'executors': (_millrace_v1_ExecutorSummary)[];
}
