// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface OperatorStatsInput {
  'operatorId'?: (string);
  'rows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'nextExpiryMs'?: (number | string | Long);
  '_nextExpiryMs'?: "nextExpiryMs";
}

export interface OperatorStats {
  'operatorId': (string);
  'rows': (number);
  'bytes': (number);
  'nextExpiryMs'?: (number);
}
