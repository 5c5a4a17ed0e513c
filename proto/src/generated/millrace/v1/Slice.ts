// Original file: proto/millrace/v1/executor.proto

import type { StateBlobInput as _millrace_v1_StateBlobInput, StateBlob as _millrace_v1_StateBlob } from '../../millrace/v1/StateBlob.ts';

export interface SliceInput {
  'index'?: (number);
  'partitions'?: (number)[];
  'state'?: (_millrace_v1_StateBlobInput)[];
  'snapshot'?: (boolean);
}

export interface Slice {
  'index': (number);
  'partitions': (number)[];
  'state': (_millrace_v1_StateBlob)[];
  'snapshot': (boolean);
}
