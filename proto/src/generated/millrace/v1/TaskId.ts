// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface TaskIdInput {
  'jobId'?: (string);
  'batchId'?: (number | string | Long);
  'stage'?: (string);
  'index'?: (number);
  'attempt'?: (number);
  'driverEpoch'?: (number | string | Long);
  'incarnation'?: (string);
  'planHash'?: (string);
}

export interface TaskId {
  'jobId': (string);
  'batchId': (number);
  'stage': (string);
  'index': (number);
  'attempt': (number);
  'driverEpoch': (number);
  'incarnation': (string);
  'planHash': (string);
}
