// Original file: proto/millrace/v1/control.proto

import type { JobSummaryInput as _millrace_v1_JobSummaryInput, JobSummary as _millrace_v1_JobSummary } from '../../millrace/v1/JobSummary.ts';
import type { ProgressInput as _millrace_v1_ProgressInput, Progress as _millrace_v1_Progress } from '../../millrace/v1/Progress.ts';
import type { TaskEventInput as _millrace_v1_TaskEventInput, TaskEvent as _millrace_v1_TaskEvent } from '../../millrace/v1/TaskEvent.ts';

export interface WatchEventInput {
  'job'?: (_millrace_v1_JobSummaryInput | null);
  'progress'?: (_millrace_v1_ProgressInput | null);
  'sinkText'?: (string);
  'task'?: (_millrace_v1_TaskEventInput | null);
}

export interface WatchEvent {
  'job': (_millrace_v1_JobSummary | null);
  'progress': (_millrace_v1_Progress | null);
  'sinkText': (string);
  'task': (_millrace_v1_TaskEvent | null);
}
