// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface PartitionProgressInput {
  'source'?: (string);
  'topic'?: (string);
  'partition'?: (number);
  'offset'?: (number | string | Long);
  'latest'?: (number | string | Long);
  'lag'?: (number | string | Long);
}

export interface PartitionProgress {
  'source': (string);
  'topic': (string);
  'partition': (number);
  'offset': (number);
  'latest': (number);
  'lag': (number);
}
