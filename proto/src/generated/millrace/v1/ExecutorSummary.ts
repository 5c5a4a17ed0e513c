// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface ExecutorSummaryInput {
  'executorId'?: (string);
  'incarnation'?: (string);
  'address'?: (string);
  'status'?: (string);
  'lanes'?: (number);
  'busyLanes'?: (number);
  'residentBytes'?: (number | string | Long);
  'lastHeartbeatMs'?: (number | string | Long);
  'tasksDone'?: (number | string | Long);
  'tasksFailed'?: (number | string | Long);
}

export interface ExecutorSummary {
  'executorId': (string);
  'incarnation': (string);
  'address': (string);
  'status': (string);
  'lanes': (number);
  'busyLanes': (number);
  'residentBytes': (number);
  'lastHeartbeatMs': (number);
  'tasksDone': (number);
  'tasksFailed': (number);
}
