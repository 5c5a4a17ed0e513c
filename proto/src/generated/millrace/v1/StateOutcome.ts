// Original file: proto/millrace/v1/control.proto

import type { Long } from '@grpc/proto-loader';

export interface StateOutcomeInput {
  'fate'?: (string);
  'operator'?: (string);
  'title'?: (string);
  'view'?: (string);
  'keys'?: (string)[];
  'reason'?: (string);
  'rows'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'output'?: (string);
}

export interface StateOutcome {
  'fate': (string);
  'operator': (string);
  'title': (string);
  'view': (string);
  'keys': (string)[];
  'reason': (string);
  'rows': (number);
  'bytes': (number);
  'output': (string);
}
