// Original file: proto/millrace/v1/common.proto

import type { Long } from '@grpc/proto-loader';

export interface OffsetRangeInput {
  'source'?: (string);
  'topic'?: (string);
  'partition'?: (number);
  'fromOffset'?: (number | string | Long);
  'untilOffset'?: (number | string | Long);
}

export interface OffsetRange {
  'source': (string);
  'topic': (string);
  'partition': (number);
  'fromOffset': (number);
  'untilOffset': (number);
}
