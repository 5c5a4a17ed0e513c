// Original file: proto/millrace/v1/executor.proto


export interface ShuffleTargetInput {
  'sliceOfPartition'?: (number)[];
  'sliceIncarnations'?: (string)[];
}

export interface ShuffleTarget {
  'sliceOfPartition': (number)[];
  'sliceIncarnations': (string)[];
}
