// Original file: proto/millrace/v1/executor.proto

import type { StateBlobInput as _millrace_v1_StateBlobInput, StateBlob as _millrace_v1_StateBlob } from '../../millrace/v1/StateBlob.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryStateRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'sql'?: (string);
  'state'?: (_millrace_v1_StateBlobInput)[];
  'watermarkMs'?: (number | string | Long);
  'maxRows'?: (number);
  '_watermarkMs'?: "watermarkMs";
}

export interface QueryStateRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'sql': (string);
  'state': (_millrace_v1_StateBlob)[];
  'watermarkMs'?: (number);
  'maxRows': (number);
}
