// Original file: proto/millrace/v1/executor.proto

import type { TaskIdInput as _millrace_v1_TaskIdInput, TaskId as _millrace_v1_TaskId } from '../../millrace/v1/TaskId.ts';
import type { BatchContextInput as _millrace_v1_BatchContextInput, BatchContext as _millrace_v1_BatchContext } from '../../millrace/v1/BatchContext.ts';
import type { OffsetRangeInput as _millrace_v1_OffsetRangeInput, OffsetRange as _millrace_v1_OffsetRange } from '../../millrace/v1/OffsetRange.ts';
import type { BlockInput as _millrace_v1_BlockInput, Block as _millrace_v1_Block } from '../../millrace/v1/Block.ts';
import type { SliceInput as _millrace_v1_SliceInput, Slice as _millrace_v1_Slice } from '../../millrace/v1/Slice.ts';
import type { ShuffleTargetInput as _millrace_v1_ShuffleTargetInput, ShuffleTarget as _millrace_v1_ShuffleTarget } from '../../millrace/v1/ShuffleTarget.ts';
import type { PoisonRecordInput as _millrace_v1_PoisonRecordInput, PoisonRecord as _millrace_v1_PoisonRecord } from '../../millrace/v1/PoisonRecord.ts';

export interface TaskInput {
  'id'?: (_millrace_v1_TaskIdInput | null);
  'batch'?: (_millrace_v1_BatchContextInput | null);
  'lane'?: (number);
  'ranges'?: (_millrace_v1_OffsetRangeInput)[];
  'blocks'?: (_millrace_v1_BlockInput)[];
  'slice'?: (_millrace_v1_SliceInput | null);
  'shuffle'?: (_millrace_v1_ShuffleTargetInput | null);
  'timeoutMs'?: (number);
  'poison'?: (_millrace_v1_PoisonRecordInput)[];
  'rehearsal'?: (boolean);
}

export interface Task {
  'id': (_millrace_v1_TaskId | null);
  'batch': (_millrace_v1_BatchContext | null);
  'lane': (number);
  'ranges': (_millrace_v1_OffsetRange)[];
  'blocks': (_millrace_v1_Block)[];
  'slice': (_millrace_v1_Slice | null);
  'shuffle': (_millrace_v1_ShuffleTarget | null);
  'timeoutMs': (number);
  'poison': (_millrace_v1_PoisonRecord)[];
  'rehearsal': (boolean);
}
