// Original file: proto/millrace/v1/control.proto

import type { FailureInput as _millrace_v1_FailureInput, Failure as _millrace_v1_Failure } from '../../millrace/v1/Failure.ts';
import type { Long } from '@grpc/proto-loader';

export interface TableStatusInput {
  'table'?: (string);
  'origin'?: (string);
  'version'?: (string);
  'rows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'loadedMs'?: (number | string | Long);
  'checkedMs'?: (number | string | Long);
  'failures'?: (number | string | Long);
  'failure'?: (_millrace_v1_FailureInput | null);
}

export interface TableStatus {
  'table': (string);
  'origin': (string);
  'version': (string);
  'rows': (number);
  'bytes': (number);
  'loadedMs': (number);
  'checkedMs': (number);
  'failures': (number);
  'failure': (_millrace_v1_Failure | null);
}
