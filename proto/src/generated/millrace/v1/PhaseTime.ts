// Original file: proto/millrace/v1/control.proto


export interface PhaseTimeInput {
  'phase'?: (string);
  'ms'?: (number | string);
}

export interface PhaseTime {
  'phase': (string);
  'ms': (number);
}
