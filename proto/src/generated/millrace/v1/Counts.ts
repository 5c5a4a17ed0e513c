// Original file: proto/millrace/v1/common.proto

import type { Long } from '@grpc/proto-loader';

export interface CountsInput {
  'recordsIn'?: (number | string | Long);
  'bytesIn'?: (number | string | Long);
  'badRecords'?: (number | string | Long);
  'nullFields'?: (number | string | Long);
  'lateRows'?: (number | string | Long);
  'rowsOut'?: (number | string | Long);
  'bytesOut'?: (number | string | Long);
  'badByReason'?: ({[key: string]: number | string | Long});
  'lateByOperator'?: ({[key: string]: number | string | Long});
  'skippedRecords'?: (number | string | Long);
  'rowsByOutput'?: ({[key: string]: number | string | Long});
}

export interface Counts {
  'recordsIn': (number);
  'bytesIn': (number);
  'badRecords': (number);
  'nullFields': (number);
  'lateRows': (number);
  'rowsOut': (number);
  'bytesOut': (number);
  'badByReason': ({[key: string]: number});
  'lateByOperator': ({[key: string]: number});
  'skippedRecords': (number);
  'rowsByOutput': ({[key: string]: number});
}
