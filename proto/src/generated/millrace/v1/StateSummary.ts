// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface StateSummaryInput {
  'operatorId'?: (string);
  'rows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'blobs'?: (number | string | Long);
  'blobBytes'?: (number | string | Long);
}

export interface StateSummary {
  'operatorId': (string);
  'rows': (number);
  'bytes': (number);
  'blobs': (number);
  'blobBytes': (number);
}
