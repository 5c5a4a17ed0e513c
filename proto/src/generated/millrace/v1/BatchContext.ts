// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface BatchContextInput {
  'timestampMs'?: (number | string | Long);
  'watermarkMs'?: (number | string | Long);
  'previousWatermarkMs'?: (number | string | Long);
  '_watermarkMs'?: "watermarkMs";
  '_previousWatermarkMs'?: "previousWatermarkMs";
}

export interface BatchContext {
  'timestampMs': (number);
  'watermarkMs'?: (number);
  'previousWatermarkMs'?: (number);
}
