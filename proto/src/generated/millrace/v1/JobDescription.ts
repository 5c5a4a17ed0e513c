// Original file: proto/millrace/v1/control.proto

import type { JobSummaryInput as _millrace_v1_JobSummaryInput, JobSummary as _millrace_v1_JobSummary } from '../../millrace/v1/JobSummary.ts';
import type { ProgressInput as _millrace_v1_ProgressInput, Progress as _millrace_v1_Progress } from '../../millrace/v1/Progress.ts';
import type { StateSummaryInput as _millrace_v1_StateSummaryInput, StateSummary as _millrace_v1_StateSummary } from '../../millrace/v1/StateSummary.ts';
import type { CountsInput as _millrace_v1_CountsInput, Counts as _millrace_v1_Counts } from '../../millrace/v1/Counts.ts';
import type { TableStatusInput as _millrace_v1_TableStatusInput, TableStatus as _millrace_v1_TableStatus } from '../../millrace/v1/TableStatus.ts';

export interface JobDescriptionInput {
  'summary'?: (_millrace_v1_JobSummaryInput | null);
  'specYaml'?: (string);
  'planJson'?: (string);
  'lastProgress'?: (_millrace_v1_ProgressInput | null);
  'restarts'?: (number);
  'state'?: (_millrace_v1_StateSummaryInput)[];
  'totals'?: (_millrace_v1_CountsInput | null);
  'tables'?: (_millrace_v1_TableStatusInput)[];
}

export interface JobDescription {
  'summary': (_millrace_v1_JobSummary | null);
  'specYaml': (string);
  'planJson': (string);
  'lastProgress': (_millrace_v1_Progress | null);
  'restarts': (number);
  'state': (_millrace_v1_StateSummary)[];
  'totals': (_millrace_v1_Counts | null);
  'tables': (_millrace_v1_TableStatus)[];
}
