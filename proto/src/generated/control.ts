import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ControlServiceClient as _millrace_v1_ControlServiceClient, ControlServiceDefinition as _millrace_v1_ControlServiceDefinition } from './millrace/v1/ControlService.ts';
import type { CountsInput as _millrace_v1_CountsInput, Counts as _millrace_v1_Counts } from './millrace/v1/Counts.ts';
import type { ExecutorSummaryInput as _millrace_v1_ExecutorSummaryInput, ExecutorSummary as _millrace_v1_ExecutorSummary } from './millrace/v1/ExecutorSummary.ts';
import type { FailureInput as _millrace_v1_FailureInput, Failure as _millrace_v1_Failure } from './millrace/v1/Failure.ts';
import type { GrowingRowInput as _millrace_v1_GrowingRowInput, GrowingRow as _millrace_v1_GrowingRow } from './millrace/v1/GrowingRow.ts';
import type { JobDescriptionInput as _millrace_v1_JobDescriptionInput, JobDescription as _millrace_v1_JobDescription } from './millrace/v1/JobDescription.ts';
import type { JobReplyInput as _millrace_v1_JobReplyInput, JobReply as _millrace_v1_JobReply } from './millrace/v1/JobReply.ts';
import type { JobRequestInput as _millrace_v1_JobRequestInput, JobRequest as _millrace_v1_JobRequest } from './millrace/v1/JobRequest.ts';
import type { JobSummaryInput as _millrace_v1_JobSummaryInput, JobSummary as _millrace_v1_JobSummary } from './millrace/v1/JobSummary.ts';
import type { ListExecutorsReplyInput as _millrace_v1_ListExecutorsReplyInput, ListExecutorsReply as _millrace_v1_ListExecutorsReply } from './millrace/v1/ListExecutorsReply.ts';
import type { ListExecutorsRequestInput as _millrace_v1_ListExecutorsRequestInput, ListExecutorsRequest as _millrace_v1_ListExecutorsRequest } from './millrace/v1/ListExecutorsRequest.ts';
import type { ListJobsReplyInput as _millrace_v1_ListJobsReplyInput, ListJobsReply as _millrace_v1_ListJobsReply } from './millrace/v1/ListJobsReply.ts';
import type { ListJobsRequestInput as _millrace_v1_ListJobsRequestInput, ListJobsRequest as _millrace_v1_ListJobsRequest } from './millrace/v1/ListJobsRequest.ts';
import type { OffsetRangeInput as _millrace_v1_OffsetRangeInput, OffsetRange as _millrace_v1_OffsetRange } from './millrace/v1/OffsetRange.ts';
import type { PartitionProgressInput as _millrace_v1_PartitionProgressInput, PartitionProgress as _millrace_v1_PartitionProgress } from './millrace/v1/PartitionProgress.ts';
import type { PhaseTimeInput as _millrace_v1_PhaseTimeInput, PhaseTime as _millrace_v1_PhaseTime } from './millrace/v1/PhaseTime.ts';
import type { ProgressInput as _millrace_v1_ProgressInput, Progress as _millrace_v1_Progress } from './millrace/v1/Progress.ts';
import type { QueryJobStateReplyInput as _millrace_v1_QueryJobStateReplyInput, QueryJobStateReply as _millrace_v1_QueryJobStateReply } from './millrace/v1/QueryJobStateReply.ts';
import type { QueryJobStateRequestInput as _millrace_v1_QueryJobStateRequestInput, QueryJobStateRequest as _millrace_v1_QueryJobStateRequest } from './millrace/v1/QueryJobStateRequest.ts';
import type { RestartReplyInput as _millrace_v1_RestartReplyInput, RestartReply as _millrace_v1_RestartReply } from './millrace/v1/RestartReply.ts';
import type { RestartRequestInput as _millrace_v1_RestartRequestInput, RestartRequest as _millrace_v1_RestartRequest } from './millrace/v1/RestartRequest.ts';
import type { StateGrowthInput as _millrace_v1_StateGrowthInput, StateGrowth as _millrace_v1_StateGrowth } from './millrace/v1/StateGrowth.ts';
import type { StateOutcomeInput as _millrace_v1_StateOutcomeInput, StateOutcome as _millrace_v1_StateOutcome } from './millrace/v1/StateOutcome.ts';
import type { StateSummaryInput as _millrace_v1_StateSummaryInput, StateSummary as _millrace_v1_StateSummary } from './millrace/v1/StateSummary.ts';
import type { SubmitReplyInput as _millrace_v1_SubmitReplyInput, SubmitReply as _millrace_v1_SubmitReply } from './millrace/v1/SubmitReply.ts';
import type { SubmitRequestInput as _millrace_v1_SubmitRequestInput, SubmitRequest as _millrace_v1_SubmitRequest } from './millrace/v1/SubmitRequest.ts';
import type { TableStatusInput as _millrace_v1_TableStatusInput, TableStatus as _millrace_v1_TableStatus } from './millrace/v1/TableStatus.ts';
import type { TaskEventInput as _millrace_v1_TaskEventInput, TaskEvent as _millrace_v1_TaskEvent } from './millrace/v1/TaskEvent.ts';
import type { WatchEventInput as _millrace_v1_WatchEventInput, WatchEvent as _millrace_v1_WatchEvent } from './millrace/v1/WatchEvent.ts';
import type { WatchRequestInput as _millrace_v1_WatchRequestInput, WatchRequest as _millrace_v1_WatchRequest } from './millrace/v1/WatchRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  millrace: {
    v1: {
      ControlService: SubtypeConstructor<typeof grpc.Client, _millrace_v1_ControlServiceClient> & { service: _millrace_v1_ControlServiceDefinition }
      Counts: MessageTypeDefinition<_millrace_v1_CountsInput, _millrace_v1_Counts>
      ExecutorSummary: MessageTypeDefinition<_millrace_v1_ExecutorSummaryInput, _millrace_v1_ExecutorSummary>
      Failure: MessageTypeDefinition<_millrace_v1_FailureInput, _millrace_v1_Failure>
      GrowingRow: MessageTypeDefinition<_millrace_v1_GrowingRowInput, _millrace_v1_GrowingRow>
      JobDescription: MessageTypeDefinition<_millrace_v1_JobDescriptionInput, _millrace_v1_JobDescription>
      JobReply: MessageTypeDefinition<_millrace_v1_JobReplyInput, _millrace_v1_JobReply>
      JobRequest: MessageTypeDefinition<_millrace_v1_JobRequestInput, _millrace_v1_JobRequest>
      JobSummary: MessageTypeDefinition<_millrace_v1_JobSummaryInput, _millrace_v1_JobSummary>
      ListExecutorsReply: MessageTypeDefinition<_millrace_v1_ListExecutorsReplyInput, _millrace_v1_ListExecutorsReply>
      ListExecutorsRequest: MessageTypeDefinition<_millrace_v1_ListExecutorsRequestInput, _millrace_v1_ListExecutorsRequest>
      ListJobsReply: MessageTypeDefinition<_millrace_v1_ListJobsReplyInput, _millrace_v1_ListJobsReply>
      ListJobsRequest: MessageTypeDefinition<_millrace_v1_ListJobsRequestInput, _millrace_v1_ListJobsRequest>
      OffsetRange: MessageTypeDefinition<_millrace_v1_OffsetRangeInput, _millrace_v1_OffsetRange>
      PartitionProgress: MessageTypeDefinition<_millrace_v1_PartitionProgressInput, _millrace_v1_PartitionProgress>
      PhaseTime: MessageTypeDefinition<_millrace_v1_PhaseTimeInput, _millrace_v1_PhaseTime>
      Progress: MessageTypeDefinition<_millrace_v1_ProgressInput, _millrace_v1_Progress>
      QueryJobStateReply: MessageTypeDefinition<_millrace_v1_QueryJobStateReplyInput, _millrace_v1_QueryJobStateReply>
      QueryJobStateRequest: MessageTypeDefinition<_millrace_v1_QueryJobStateRequestInput, _millrace_v1_QueryJobStateRequest>
      RestartReply: MessageTypeDefinition<_millrace_v1_RestartReplyInput, _millrace_v1_RestartReply>
      RestartRequest: MessageTypeDefinition<_millrace_v1_RestartRequestInput, _millrace_v1_RestartRequest>
      StateGrowth: MessageTypeDefinition<_millrace_v1_StateGrowthInput, _millrace_v1_StateGrowth>
      StateOutcome: MessageTypeDefinition<_millrace_v1_StateOutcomeInput, _millrace_v1_StateOutcome>
      StateSummary: MessageTypeDefinition<_millrace_v1_StateSummaryInput, _millrace_v1_StateSummary>
      SubmitReply: MessageTypeDefinition<_millrace_v1_SubmitReplyInput, _millrace_v1_SubmitReply>
      SubmitRequest: MessageTypeDefinition<_millrace_v1_SubmitRequestInput, _millrace_v1_SubmitRequest>
      TableStatus: MessageTypeDefinition<_millrace_v1_TableStatusInput, _millrace_v1_TableStatus>
      TaskEvent: MessageTypeDefinition<_millrace_v1_TaskEventInput, _millrace_v1_TaskEvent>
      WatchEvent: MessageTypeDefinition<_millrace_v1_WatchEventInput, _millrace_v1_WatchEvent>
      WatchRequest: MessageTypeDefinition<_millrace_v1_WatchRequestInput, _millrace_v1_WatchRequest>
    }
  }
}

