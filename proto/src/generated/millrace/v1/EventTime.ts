// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface EventTimeInput {
  'source'?: (string);
  'topic'?: (string);
  'partition'?: (number);
  'maxMs'?: (number | string | Long);
}

export interface EventTime {
  'source': (string);
  'topic': (string);
  'partition': (number);
  'maxMs': (number);
}
