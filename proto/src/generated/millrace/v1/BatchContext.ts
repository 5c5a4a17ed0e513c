// Original file: proto/millrace/v1/executor.proto

import type { TableVersionInput as _millrace_v1_TableVersionInput, TableVersion as _millrace_v1_TableVersion } from '../../millrace/v1/TableVersion.ts';
import type { StateTtlInput as _millrace_v1_StateTtlInput, StateTtl as _millrace_v1_StateTtl } from '../../millrace/v1/StateTtl.ts';
import type { Long } from '@grpc/proto-loader';

export interface BatchContextInput {
  'timestampMs'?: (number | string | Long);
  'watermarkMs'?: (number | string | Long);
  'previousWatermarkMs'?: (number | string | Long);
  'tables'?: (_millrace_v1_TableVersionInput)[];
  'stateTtl'?: (_millrace_v1_StateTtlInput | null);
  '_watermarkMs'?: "watermarkMs";
  '_previousWatermarkMs'?: "previousWatermarkMs";
}

export interface BatchContext {
  'timestampMs': (number);
  'watermarkMs'?: (number);
  'previousWatermarkMs'?: (number);
  'tables': (_millrace_v1_TableVersion)[];
  'stateTtl': (_millrace_v1_StateTtl | null);
}
