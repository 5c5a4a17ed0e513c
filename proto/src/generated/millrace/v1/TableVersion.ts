// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface TableVersionInput {
  'table'?: (string);
  'version'?: (string);
  'blob'?: (string);
  'bytes'?: (number | string | Long);
}

export interface TableVersion {
  'table': (string);
  'version': (string);
  'blob': (string);
  'bytes': (number);
}
