// Original file: proto/millrace/v1/control.proto

import type { StateGrowthInput as _millrace_v1_StateGrowthInput, StateGrowth as _millrace_v1_StateGrowth } from '../../millrace/v1/StateGrowth.ts';

export interface SubmitReplyInput {
  'jobId'?: (string);
  'warnings'?: (string)[];
  'growth'?: (_millrace_v1_StateGrowthInput)[];
}

export interface SubmitReply {
  'jobId': (string);
  'warnings': (string)[];
  'growth': (_millrace_v1_StateGrowth)[];
}
