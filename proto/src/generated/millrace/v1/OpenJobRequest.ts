// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface OpenJobRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'planHash'?: (string);
  'planJson'?: (string);
  'specJson'?: (string);
  'run'?: (string);
  'submittedMs'?: (number | string | Long);
  'lastBatch'?: (number | string | Long);
}

export interface OpenJobRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'planHash': (string);
  'planJson': (string);
  'specJson': (string);
  'run': (string);
  'submittedMs': (number);
  'lastBatch': (number);
}
