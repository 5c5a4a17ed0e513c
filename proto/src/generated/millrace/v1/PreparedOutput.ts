// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface PreparedOutputInput {
  'sink'?: (string);
  'attempt'?: (string);
  'rows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'detailJson'?: (string);
}

export interface PreparedOutput {
  'sink': (string);
  'attempt': (string);
  'rows': (number);
  'bytes': (number);
  'detailJson': (string);
}
