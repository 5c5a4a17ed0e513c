// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface StateTtlInput {
  'sinceMs'?: (number | string | Long);
  'cutoffMs'?: (number | string | Long);
  'previousCutoffMs'?: (number | string | Long);
  '_previousCutoffMs'?: "previousCutoffMs";
}

export interface StateTtl {
  'sinceMs': (number);
  'cutoffMs': (number);
  'previousCutoffMs'?: (number);
}
