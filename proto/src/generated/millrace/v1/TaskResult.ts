// Original file: proto/millrace/v1/executor.proto

import type { BlockInput as _millrace_v1_BlockInput, Block as _millrace_v1_Block } from '../../millrace/v1/Block.ts';
import type { EventTimeInput as _millrace_v1_EventTimeInput, EventTime as _millrace_v1_EventTime } from '../../millrace/v1/EventTime.ts';
import type { CountsInput as _millrace_v1_CountsInput, Counts as _millrace_v1_Counts } from '../../millrace/v1/Counts.ts';
import type { PreparedOutputInput as _millrace_v1_PreparedOutputInput, PreparedOutput as _millrace_v1_PreparedOutput } from '../../millrace/v1/PreparedOutput.ts';
import type { StateBlobInput as _millrace_v1_StateBlobInput, StateBlob as _millrace_v1_StateBlob } from '../../millrace/v1/StateBlob.ts';
import type { OperatorStatsInput as _millrace_v1_OperatorStatsInput, OperatorStats as _millrace_v1_OperatorStats } from '../../millrace/v1/OperatorStats.ts';
import type { TimingInput as _millrace_v1_TimingInput, Timing as _millrace_v1_Timing } from '../../millrace/v1/Timing.ts';

export interface TaskResultInput {
  'blocks'?: (_millrace_v1_BlockInput)[];
  'eventTimes'?: (_millrace_v1_EventTimeInput)[];
  'counts'?: (_millrace_v1_CountsInput | null);
  'outputs'?: (_millrace_v1_PreparedOutputInput)[];
  'state'?: (_millrace_v1_StateBlobInput)[];
  'operators'?: (_millrace_v1_OperatorStatsInput)[];
  'timings'?: (_millrace_v1_TimingInput)[];
}

export interface TaskResult {
  'blocks': (_millrace_v1_Block)[];
  'eventTimes': (_millrace_v1_EventTime)[];
  'counts': (_millrace_v1_Counts | null);
  'outputs': (_millrace_v1_PreparedOutput)[];
  'state': (_millrace_v1_StateBlob)[];
  'operators': (_millrace_v1_OperatorStats)[];
  'timings': (_millrace_v1_Timing)[];
}
