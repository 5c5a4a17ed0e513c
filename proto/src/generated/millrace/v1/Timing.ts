// Original file: proto/millrace/v1/executor.proto


export interface TimingInput {
  'phase'?: (string);
  'ms'?: (number | string);
}

export interface Timing {
  'phase': (string);
  'ms': (number);
}
