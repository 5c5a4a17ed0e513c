// Original file: proto/millrace/v1/control.proto

import type { FailureInput as _millrace_v1_FailureInput, Failure as _millrace_v1_Failure } from '../../millrace/v1/Failure.ts';
import type { Long } from '@grpc/proto-loader';

export interface JobSummaryInput {
  'jobId'?: (string);
  'status'?: (string);
  'lastBatch'?: (number | string | Long);
  'submittedMs'?: (number | string | Long);
  'lagRecords'?: (number | string | Long);
  'recordsPerSecond'?: (number | string);
  'failure'?: (_millrace_v1_FailureInput | null);
}

export interface JobSummary {
  'jobId': (string);
  'status': (string);
  'lastBatch': (number);
  'submittedMs': (number);
  'lagRecords': (number);
  'recordsPerSecond': (number);
  'failure': (_millrace_v1_Failure | null);
}
