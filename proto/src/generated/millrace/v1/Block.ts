// Original file: proto/millrace/v1/executor.proto

import type { Long } from '@grpc/proto-loader';

export interface BlockInput {
  'stage'?: (string);
  'taskIndex'?: (number);
  'slice'?: (number);
  'name'?: (string);
  'incarnation'?: (string);
  'address'?: (string);
  'bytes'?: (number | string | Long);
  'rows'?: (number | string | Long);
  'crc32'?: (number);
  'inline'?: (Buffer | Uint8Array | string);
  'shuffle'?: (string);
}

export interface Block {
  'stage': (string);
  'taskIndex': (number);
  'slice': (number);
  'name': (string);
  'incarnation': (string);
  'address': (string);
  'bytes': (number);
  'rows': (number);
  'crc32': (number);
  'inline': (Buffer);
  'shuffle': (string);
}
