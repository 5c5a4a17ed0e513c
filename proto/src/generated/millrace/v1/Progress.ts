// Original file: proto/millrace/v1/control.proto

import type { PhaseTimeInput as _millrace_v1_PhaseTimeInput, PhaseTime as _millrace_v1_PhaseTime } from '../../millrace/v1/PhaseTime.ts';
import type { CountsInput as _millrace_v1_CountsInput, Counts as _millrace_v1_Counts } from '../../millrace/v1/Counts.ts';
import type { PartitionProgressInput as _millrace_v1_PartitionProgressInput, PartitionProgress as _millrace_v1_PartitionProgress } from '../../millrace/v1/PartitionProgress.ts';
import type { StateSummaryInput as _millrace_v1_StateSummaryInput, StateSummary as _millrace_v1_StateSummary } from '../../millrace/v1/StateSummary.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProgressInput {
  'jobId'?: (string);
  'batchId'?: (number | string | Long);
  'timestampMs'?: (number | string | Long);
  'durationMs'?: (number | string);
  'phases'?: (_millrace_v1_PhaseTimeInput)[];
  'counts'?: (_millrace_v1_CountsInput | null);
  'partitions'?: (_millrace_v1_PartitionProgressInput)[];
  'watermarkMs'?: (number | string | Long);
  'tasks'?: (number);
  'retries'?: (number);
  'state'?: (_millrace_v1_StateSummaryInput)[];
  'secondAttempts'?: (number);
  '_watermarkMs'?: "watermarkMs";
}

export interface Progress {
  'jobId': (string);
  'batchId': (number);
  'timestampMs': (number);
  'durationMs': (number);
  'phases': (_millrace_v1_PhaseTime)[];
  'counts': (_millrace_v1_Counts | null);
  'partitions': (_millrace_v1_PartitionProgress)[];
  'watermarkMs'?: (number);
  'tasks': (number);
  'retries': (number);
  'state': (_millrace_v1_StateSummary)[];
  'secondAttempts': (number);
}
