// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface GrowingRowInput {
  'of'?: (string);
  'memoryBytes'?: (number | string | Long);
  'storedBytes'?: (number | string | Long);
}

export interface GrowingRow {
  'of': (string);
  'memoryBytes': (number);
  'storedBytes': (number);
}
