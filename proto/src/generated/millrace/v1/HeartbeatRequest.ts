// Original file: proto/millrace/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface HeartbeatRequestInput {
  'executorId'?: (string);
  'incarnation'?: (string);
  'busyLanes'?: (number);
  'queuedTasks'?: (number);
  'residentBytes'?: (number | string | Long);
  'scratchBytes'?: (number | string | Long);
  'openJobs'?: (string)[];
}

export interface HeartbeatRequest {
  'executorId': (string);
  'incarnation': (string);
  'busyLanes': (number);
  'queuedTasks': (number);
  'residentBytes': (number);
  'scratchBytes': (number);
  'openJobs': (string)[];
}
