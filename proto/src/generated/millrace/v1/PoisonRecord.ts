// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface PoisonRecordInput {
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'reason'?: (string);
}

export interface PoisonRecord {
  'topic': (string);
  'partition': (number);
  'offset': (number);
  'reason': (string);
}
