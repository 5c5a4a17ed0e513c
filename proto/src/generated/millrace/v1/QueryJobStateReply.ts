// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface QueryJobStateReplyInput {
  'columns'?: (string)[];
  'rowsJson'?: (string);
  'truncated'?: (boolean);
  'batchId'?: (number | string | Long);
}

export interface QueryJobStateReply {
  'columns': (string)[];
  'rowsJson': (string);
  'truncated': (boolean);
  'batchId': (number);
}
