// Original file: proto/millrace/v1/executor.proto

import type { TableVersionInput as _millrace_v1_TableVersionInput, TableVersion as _millrace_v1_TableVersion } from '../../millrace/v1/TableVersion.ts';
import type { Long } from '@grpc/proto-loader';

export interface BatchContextInput {
  'timestampMs'?: (number | string | Long);
  'watermarkMs'?: (number | string | Long);
  'previousWatermarkMs'?: (number | string | Long);
  'tables'?: (_millrace_v1_TableVersionInput)[];
  '_watermarkMs'?: "watermarkMs";
  '_previousWatermarkMs'?: "previousWatermarkMs";
}

export interface BatchContext {
  'timestampMs': (number);
  'watermarkMs'?: (number);
  'previousWatermarkMs'?: (number);
  'tables': (_millrace_v1_TableVersion)[];
}
