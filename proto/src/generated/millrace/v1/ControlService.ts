// Original file: proto/millrace/v1/control.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { JobDescriptionInput as _millrace_v1_JobDescriptionInput, JobDescription as _millrace_v1_JobDescription } from '../../millrace/v1/JobDescription.ts';
import type { JobReplyInput as _millrace_v1_JobReplyInput, JobReply as _millrace_v1_JobReply } from '../../millrace/v1/JobReply.ts';
import type { JobRequestInput as _millrace_v1_JobRequestInput, JobRequest as _millrace_v1_JobRequest } from '../../millrace/v1/JobRequest.ts';
import type { ListExecutorsReplyInput as _millrace_v1_ListExecutorsReplyInput, ListExecutorsReply as _millrace_v1_ListExecutorsReply } from '../../millrace/v1/ListExecutorsReply.ts';
import type { ListExecutorsRequestInput as _millrace_v1_ListExecutorsRequestInput, ListExecutorsRequest as _millrace_v1_ListExecutorsRequest } from '../../millrace/v1/ListExecutorsRequest.ts';
import type { ListJobsReplyInput as _millrace_v1_ListJobsReplyInput, ListJobsReply as _millrace_v1_ListJobsReply } from '../../millrace/v1/ListJobsReply.ts';
import type { ListJobsRequestInput as _millrace_v1_ListJobsRequestInput, ListJobsRequest as _millrace_v1_ListJobsRequest } from '../../millrace/v1/ListJobsRequest.ts';
import type { QueryJobStateReplyInput as _millrace_v1_QueryJobStateReplyInput, QueryJobStateReply as _millrace_v1_QueryJobStateReply } from '../../millrace/v1/QueryJobStateReply.ts';
import type { QueryJobStateRequestInput as _millrace_v1_QueryJobStateRequestInput, QueryJobStateRequest as _millrace_v1_QueryJobStateRequest } from '../../millrace/v1/QueryJobStateRequest.ts';
import type { RestartReplyInput as _millrace_v1_RestartReplyInput, RestartReply as _millrace_v1_RestartReply } from '../../millrace/v1/RestartReply.ts';
import type { RestartRequestInput as _millrace_v1_RestartRequestInput, RestartRequest as _millrace_v1_RestartRequest } from '../../millrace/v1/RestartRequest.ts';
import type { SubmitReplyInput as _millrace_v1_SubmitReplyInput, SubmitReply as _millrace_v1_SubmitReply } from '../../millrace/v1/SubmitReply.ts';
import type { SubmitRequestInput as _millrace_v1_SubmitRequestInput, SubmitRequest as _millrace_v1_SubmitRequest } from '../../millrace/v1/SubmitRequest.ts';
import type { WatchEventInput as _millrace_v1_WatchEventInput, WatchEvent as _millrace_v1_WatchEvent } from '../../millrace/v1/WatchEvent.ts';
import type { WatchRequestInput as _millrace_v1_WatchRequestInput, WatchRequest as _millrace_v1_WatchRequest } from '../../millrace/v1/WatchRequest.ts';

export interface ControlServiceClient extends grpc.Client {
  CancelJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  CancelJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  CancelJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  CancelJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  cancelJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  cancelJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  cancelJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  cancelJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  
  DeleteJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  DeleteJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  DeleteJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  DeleteJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  deleteJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  deleteJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  deleteJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  deleteJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  
  DescribeJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  DescribeJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  DescribeJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  DescribeJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  describeJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  describeJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  describeJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  describeJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobDescription>): grpc.ClientUnaryCall;
  
  ListExecutors(argument: _millrace_v1_ListExecutorsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  ListExecutors(argument: _millrace_v1_ListExecutorsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  ListExecutors(argument: _millrace_v1_ListExecutorsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  ListExecutors(argument: _millrace_v1_ListExecutorsRequestInput, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  listExecutors(argument: _millrace_v1_ListExecutorsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  listExecutors(argument: _millrace_v1_ListExecutorsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  listExecutors(argument: _millrace_v1_ListExecutorsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  listExecutors(argument: _millrace_v1_ListExecutorsRequestInput, callback: grpc.requestCallback<_millrace_v1_ListExecutorsReply>): grpc.ClientUnaryCall;
  
  ListJobs(argument: _millrace_v1_ListJobsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  ListJobs(argument: _millrace_v1_ListJobsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  ListJobs(argument: _millrace_v1_ListJobsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  ListJobs(argument: _millrace_v1_ListJobsRequestInput, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  listJobs(argument: _millrace_v1_ListJobsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  listJobs(argument: _millrace_v1_ListJobsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  listJobs(argument: _millrace_v1_ListJobsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  listJobs(argument: _millrace_v1_ListJobsRequestInput, callback: grpc.requestCallback<_millrace_v1_ListJobsReply>): grpc.ClientUnaryCall;
  
  QueryJobState(argument: _millrace_v1_QueryJobStateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  QueryJobState(argument: _millrace_v1_QueryJobStateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  QueryJobState(argument: _millrace_v1_QueryJobStateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  QueryJobState(argument: _millrace_v1_QueryJobStateRequestInput, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  queryJobState(argument: _millrace_v1_QueryJobStateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  queryJobState(argument: _millrace_v1_QueryJobStateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  queryJobState(argument: _millrace_v1_QueryJobStateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  queryJobState(argument: _millrace_v1_QueryJobStateRequestInput, callback: grpc.requestCallback<_millrace_v1_QueryJobStateReply>): grpc.ClientUnaryCall;
  
  RestartJob(argument: _millrace_v1_RestartRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  RestartJob(argument: _millrace_v1_RestartRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  RestartJob(argument: _millrace_v1_RestartRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  RestartJob(argument: _millrace_v1_RestartRequestInput, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  restartJob(argument: _millrace_v1_RestartRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  restartJob(argument: _millrace_v1_RestartRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  restartJob(argument: _millrace_v1_RestartRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  restartJob(argument: _millrace_v1_RestartRequestInput, callback: grpc.requestCallback<_millrace_v1_RestartReply>): grpc.ClientUnaryCall;
  
  StopJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  StopJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  StopJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  StopJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  stopJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  stopJob(argument: _millrace_v1_JobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  stopJob(argument: _millrace_v1_JobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  stopJob(argument: _millrace_v1_JobRequestInput, callback: grpc.requestCallback<_millrace_v1_JobReply>): grpc.ClientUnaryCall;
  
  Submit(argument: _millrace_v1_SubmitRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  Submit(argument: _millrace_v1_SubmitRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  Submit(argument: _millrace_v1_SubmitRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  Submit(argument: _millrace_v1_SubmitRequestInput, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  submit(argument: _millrace_v1_SubmitRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  submit(argument: _millrace_v1_SubmitRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  submit(argument: _millrace_v1_SubmitRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  submit(argument: _millrace_v1_SubmitRequestInput, callback: grpc.requestCallback<_millrace_v1_SubmitReply>): grpc.ClientUnaryCall;
  
  Watch(argument: _millrace_v1_WatchRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_WatchEvent>;
  Watch(argument: _millrace_v1_WatchRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_WatchEvent>;
  watch(argument: _millrace_v1_WatchRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_WatchEvent>;
  watch(argument: _millrace_v1_WatchRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_WatchEvent>;
  
}

export interface ControlServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelJob: grpc.handleUnaryCall<_millrace_v1_JobRequest, _millrace_v1_JobReplyInput>;
  
  DeleteJob: grpc.handleUnaryCall<_millrace_v1_JobRequest, _millrace_v1_JobReplyInput>;
  
  DescribeJob: grpc.handleUnaryCall<_millrace_v1_JobRequest, _millrace_v1_JobDescriptionInput>;
  
  ListExecutors: grpc.handleUnaryCall<_millrace_v1_ListExecutorsRequest, _millrace_v1_ListExecutorsReplyInput>;
  
  ListJobs: grpc.handleUnaryCall<_millrace_v1_ListJobsRequest, _millrace_v1_ListJobsReplyInput>;
  
  QueryJobState: grpc.handleUnaryCall<_millrace_v1_QueryJobStateRequest, _millrace_v1_QueryJobStateReplyInput>;
  
  RestartJob: grpc.handleUnaryCall<_millrace_v1_RestartRequest, _millrace_v1_RestartReplyInput>;
  
  StopJob: grpc.handleUnaryCall<_millrace_v1_JobRequest, _millrace_v1_JobReplyInput>;
  
  Submit: grpc.handleUnaryCall<_millrace_v1_SubmitRequest, _millrace_v1_SubmitReplyInput>;
  
  Watch: grpc.handleServerStreamingCall<_millrace_v1_WatchRequest, _millrace_v1_WatchEventInput>;
  
}

export interface ControlServiceDefinition extends grpc.ServiceDefinition {
  CancelJob: MethodDefinition<_millrace_v1_JobRequestInput, _millrace_v1_JobReplyInput, _millrace_v1_JobRequest, _millrace_v1_JobReply>
  DeleteJob: MethodDefinition<_millrace_v1_JobRequestInput, _millrace_v1_JobReplyInput, _millrace_v1_JobRequest, _millrace_v1_JobReply>
  DescribeJob: MethodDefinition<_millrace_v1_JobRequestInput, _millrace_v1_JobDescriptionInput, _millrace_v1_JobRequest, _millrace_v1_JobDescription>
  ListExecutors: MethodDefinition<_millrace_v1_ListExecutorsRequestInput, _millrace_v1_ListExecutorsReplyInput, _millrace_v1_ListExecutorsRequest, _millrace_v1_ListExecutorsReply>
  ListJobs: MethodDefinition<_millrace_v1_ListJobsRequestInput, _millrace_v1_ListJobsReplyInput, _millrace_v1_ListJobsRequest, _millrace_v1_ListJobsReply>
  QueryJobState: MethodDefinition<_millrace_v1_QueryJobStateRequestInput, _millrace_v1_QueryJobStateReplyInput, _millrace_v1_QueryJobStateRequest, _millrace_v1_QueryJobStateReply>
  RestartJob: MethodDefinition<_millrace_v1_RestartRequestInput, _millrace_v1_RestartReplyInput, _millrace_v1_RestartRequest, _millrace_v1_RestartReply>
  StopJob: MethodDefinition<_millrace_v1_JobRequestInput, _millrace_v1_JobReplyInput, _millrace_v1_JobRequest, _millrace_v1_JobReply>
  Submit: MethodDefinition<_millrace_v1_SubmitRequestInput, _millrace_v1_SubmitReplyInput, _millrace_v1_SubmitRequest, _millrace_v1_SubmitReply>
  Watch: MethodDefinition<_millrace_v1_WatchRequestInput, _millrace_v1_WatchEventInput, _millrace_v1_WatchRequest, _millrace_v1_WatchEvent>
}
