// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface FinishBatchRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'batchId'?: (number | string | Long);
  'adoptedBlobs'?: (string)[];
  'attempts'?: (string)[];
}

export interface FinishBatchRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'batchId': (number);
  'adoptedBlobs': (string)[];
  'attempts': (string)[];
}
