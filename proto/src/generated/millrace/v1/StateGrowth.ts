// Original file: proto/millrace/v1/control.proto

import type { GrowingRowInput as _millrace_v1_GrowingRowInput, GrowingRow as _millrace_v1_GrowingRow } from '../../millrace/v1/GrowingRow.ts';

export interface StateGrowthInput {
  'operator'?: (string);
  'rows'?: (_millrace_v1_GrowingRowInput)[];
  'remedy'?: (string);
}

export interface StateGrowth {
  'operator': (string);
  'rows': (_millrace_v1_GrowingRow)[];
  'remedy': (string);
}
