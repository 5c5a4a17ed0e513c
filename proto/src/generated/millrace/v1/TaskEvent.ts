// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface TaskEventInput {
  'kind'?: (string);
  'text'?: (string);
  'atMs'?: (number | string | Long);
}

export interface TaskEvent {
  'kind': (string);
  'text': (string);
  'atMs': (number);
}
