// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface PassBatchRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'batchId'?: (number | string | Long);
}

export interface PassBatchRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'batchId': (number);
}
