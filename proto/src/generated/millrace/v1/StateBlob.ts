// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface StateBlobInput {
  'operatorId'?: (string);
  'name'?: (string);
  'kind'?: (string);
  'batchId'?: (number | string | Long);
  'partitions'?: (number)[];
  'bytes'?: (number | string | Long);
  'rows'?: (number | string | Long);
  'crc32'?: (number);
}

export interface StateBlob {
  'operatorId': (string);
  'name': (string);
  'kind': (string);
  'batchId': (number);
  'partitions': (number)[];
  'bytes': (number);
  'rows': (number);
  'crc32': (number);
}
