// Original file: proto/millrace/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface RegisterReplyInput {
  'leaseMs'?: (number | string | Long);
  'heartbeatMs'?: (number | string | Long);
}

export interface RegisterReply {
  'leaseMs': (number);
  'heartbeatMs': (number);
}
