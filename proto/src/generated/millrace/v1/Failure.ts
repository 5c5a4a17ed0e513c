// Original file: proto/millrace/v1/common.proto

import type { FailureInput as _millrace_v1_FailureInput, Failure as _millrace_v1_Failure } from '../../millrace/v1/Failure.ts';

export interface FailureInput {
  'code'?: (string);
  'domain'?: (string);
  'retry'?: (string);
  'message'?: (string);
  'hint'?: (string);
  'detailsJson'?: (string);
  'cause'?: (_millrace_v1_FailureInput | null);
}

export interface Failure {
  'code': (string);
  'domain': (string);
  'retry': (string);
  'message': (string);
  'hint': (string);
  'detailsJson': (string);
  'cause': (_millrace_v1_Failure | null);
}
