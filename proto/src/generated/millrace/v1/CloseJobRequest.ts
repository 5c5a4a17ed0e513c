// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface CloseJobRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
}

export interface CloseJobRequest {
  'jobId': (string);
  'driverEpoch': (number);
}
