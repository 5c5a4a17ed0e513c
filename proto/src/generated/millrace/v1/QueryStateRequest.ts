// Original file: proto/millrace/v1/executor.proto

import type { StateBlobInput as _millrace_v1_StateBlobInput, StateBlob as _millrace_v1_StateBlob } from '../../millrace/v1/StateBlob.ts';
import type { StateTtlInput as _millrace_v1_StateTtlInput, StateTtl as _millrace_v1_StateTtl } from '../../millrace/v1/StateTtl.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryStateRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'sql'?: (string);
  'state'?: (_millrace_v1_StateBlobInput)[];
  'watermarkMs'?: (number | string | Long);
  'maxRows'?: (number);
  'stateTtl'?: (_millrace_v1_StateTtlInput | null);
  '_watermarkMs'?: "watermarkMs";
}

export interface QueryStateRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'sql': (string);
  'state': (_millrace_v1_StateBlob)[];
  'watermarkMs'?: (number);
  'maxRows': (number);
  'stateTtl': (_millrace_v1_StateTtl | null);
}
