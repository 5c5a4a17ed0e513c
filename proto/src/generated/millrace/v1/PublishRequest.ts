// Original file: proto/millrace/v1/executor.proto

import type { PreparedOutputInput as _millrace_v1_PreparedOutputInput, PreparedOutput as _millrace_v1_PreparedOutput } from '../../millrace/v1/PreparedOutput.ts';
import type { Long } from '@grpc/proto-loader';

export interface PublishRequestInput {
  'jobId'?: (string);
  'driverEpoch'?: (number | string | Long);
  'batchId'?: (number | string | Long);
  'outputs'?: (_millrace_v1_PreparedOutputInput)[];
  'presentIncarnations'?: (string)[];
  'losses'?: (number | string | Long);
}

export interface PublishRequest {
  'jobId': (string);
  'driverEpoch': (number);
  'batchId': (number);
  'outputs': (_millrace_v1_PreparedOutput)[];
  'presentIncarnations': (string)[];
  'losses': (number);
}
