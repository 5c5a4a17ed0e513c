// Original file: proto/millrace/v1/executor.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AbortBatchReplyInput as _millrace_v1_AbortBatchReplyInput, AbortBatchReply as _millrace_v1_AbortBatchReply } from '../../millrace/v1/AbortBatchReply.ts';
import type { AbortBatchRequestInput as _millrace_v1_AbortBatchRequestInput, AbortBatchRequest as _millrace_v1_AbortBatchRequest } from '../../millrace/v1/AbortBatchRequest.ts';
import type { CloseJobReplyInput as _millrace_v1_CloseJobReplyInput, CloseJobReply as _millrace_v1_CloseJobReply } from '../../millrace/v1/CloseJobReply.ts';
import type { CloseJobRequestInput as _millrace_v1_CloseJobRequestInput, CloseJobRequest as _millrace_v1_CloseJobRequest } from '../../millrace/v1/CloseJobRequest.ts';
import type { FinishBatchReplyInput as _millrace_v1_FinishBatchReplyInput, FinishBatchReply as _millrace_v1_FinishBatchReply } from '../../millrace/v1/FinishBatchReply.ts';
import type { FinishBatchRequestInput as _millrace_v1_FinishBatchRequestInput, FinishBatchRequest as _millrace_v1_FinishBatchRequest } from '../../millrace/v1/FinishBatchRequest.ts';
import type { OpenJobReplyInput as _millrace_v1_OpenJobReplyInput, OpenJobReply as _millrace_v1_OpenJobReply } from '../../millrace/v1/OpenJobReply.ts';
import type { OpenJobRequestInput as _millrace_v1_OpenJobRequestInput, OpenJobRequest as _millrace_v1_OpenJobRequest } from '../../millrace/v1/OpenJobRequest.ts';
import type { PassBatchReplyInput as _millrace_v1_PassBatchReplyInput, PassBatchReply as _millrace_v1_PassBatchReply } from '../../millrace/v1/PassBatchReply.ts';
import type { PassBatchRequestInput as _millrace_v1_PassBatchRequestInput, PassBatchRequest as _millrace_v1_PassBatchRequest } from '../../millrace/v1/PassBatchRequest.ts';
import type { PublishReplyInput as _millrace_v1_PublishReplyInput, PublishReply as _millrace_v1_PublishReply } from '../../millrace/v1/PublishReply.ts';
import type { PublishRequestInput as _millrace_v1_PublishRequestInput, PublishRequest as _millrace_v1_PublishRequest } from '../../millrace/v1/PublishRequest.ts';
import type { QueryStateReplyInput as _millrace_v1_QueryStateReplyInput, QueryStateReply as _millrace_v1_QueryStateReply } from '../../millrace/v1/QueryStateReply.ts';
import type { QueryStateRequestInput as _millrace_v1_QueryStateRequestInput, QueryStateRequest as _millrace_v1_QueryStateRequest } from '../../millrace/v1/QueryStateRequest.ts';
import type { TaskInput as _millrace_v1_TaskInput, Task as _millrace_v1_Task } from '../../millrace/v1/Task.ts';
import type { TaskResultInput as _millrace_v1_TaskResultInput, TaskResult as _millrace_v1_TaskResult } from '../../millrace/v1/TaskResult.ts';

export interface TaskServiceClient extends grpc.Client {
  AbortBatch(argument: _millrace_v1_AbortBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  AbortBatch(argument: _millrace_v1_AbortBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  AbortBatch(argument: _millrace_v1_AbortBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  AbortBatch(argument: _millrace_v1_AbortBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  abortBatch(argument: _millrace_v1_AbortBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  abortBatch(argument: _millrace_v1_AbortBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  abortBatch(argument: _millrace_v1_AbortBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  abortBatch(argument: _millrace_v1_AbortBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_AbortBatchReply>): grpc.ClientUnaryCall;
  
  CloseJob(argument: _millrace_v1_CloseJobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  CloseJob(argument: _millrace_v1_CloseJobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  CloseJob(argument: _millrace_v1_CloseJobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  CloseJob(argument: _millrace_v1_CloseJobRequestInput, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  closeJob(argument: _millrace_v1_CloseJobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  closeJob(argument: _millrace_v1_CloseJobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  closeJob(argument: _millrace_v1_CloseJobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  closeJob(argument: _millrace_v1_CloseJobRequestInput, callback: grpc.requestCallback<_millrace_v1_CloseJobReply>): grpc.ClientUnaryCall;
  
  FinishBatch(argument: _millrace_v1_FinishBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  FinishBatch(argument: _millrace_v1_FinishBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  FinishBatch(argument: _millrace_v1_FinishBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  FinishBatch(argument: _millrace_v1_FinishBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  finishBatch(argument: _millrace_v1_FinishBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  finishBatch(argument: _millrace_v1_FinishBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  finishBatch(argument: _millrace_v1_FinishBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  finishBatch(argument: _millrace_v1_FinishBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_FinishBatchReply>): grpc.ClientUnaryCall;
  
  OpenJob(argument: _millrace_v1_OpenJobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  OpenJob(argument: _millrace_v1_OpenJobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  OpenJob(argument: _millrace_v1_OpenJobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  OpenJob(argument: _millrace_v1_OpenJobRequestInput, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  openJob(argument: _millrace_v1_OpenJobRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  openJob(argument: _millrace_v1_OpenJobRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  openJob(argument: _millrace_v1_OpenJobRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  openJob(argument: _millrace_v1_OpenJobRequestInput, callback: grpc.requestCallback<_millrace_v1_OpenJobReply>): grpc.ClientUnaryCall;
  
  PassBatch(argument: _millrace_v1_PassBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  PassBatch(argument: _millrace_v1_PassBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  PassBatch(argument: _millrace_v1_PassBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  PassBatch(argument: _millrace_v1_PassBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  passBatch(argument: _millrace_v1_PassBatchRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  passBatch(argument: _millrace_v1_PassBatchRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  passBatch(argument: _millrace_v1_PassBatchRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  passBatch(argument: _millrace_v1_PassBatchRequestInput, callback: grpc.requestCallback<_millrace_v1_PassBatchReply>): grpc.ClientUnaryCall;
  
  Publish(argument: _millrace_v1_PublishRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  Publish(argument: _millrace_v1_PublishRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  Publish(argument: _millrace_v1_PublishRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  Publish(argument: _millrace_v1_PublishRequestInput, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  publish(argument: _millrace_v1_PublishRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  publish(argument: _millrace_v1_PublishRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  publish(argument: _millrace_v1_PublishRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  publish(argument: _millrace_v1_PublishRequestInput, callback: grpc.requestCallback<_millrace_v1_PublishReply>): grpc.ClientUnaryCall;
  
  QueryState(argument: _millrace_v1_QueryStateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  QueryState(argument: _millrace_v1_QueryStateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  QueryState(argument: _millrace_v1_QueryStateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  QueryState(argument: _millrace_v1_QueryStateRequestInput, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  queryState(argument: _millrace_v1_QueryStateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  queryState(argument: _millrace_v1_QueryStateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  queryState(argument: _millrace_v1_QueryStateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  queryState(argument: _millrace_v1_QueryStateRequestInput, callback: grpc.requestCallback<_millrace_v1_QueryStateReply>): grpc.ClientUnaryCall;
  
  RunTask(argument: _millrace_v1_TaskInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  RunTask(argument: _millrace_v1_TaskInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  RunTask(argument: _millrace_v1_TaskInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  RunTask(argument: _millrace_v1_TaskInput, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  runTask(argument: _millrace_v1_TaskInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  runTask(argument: _millrace_v1_TaskInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  runTask(argument: _millrace_v1_TaskInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  runTask(argument: _millrace_v1_TaskInput, callback: grpc.requestCallback<_millrace_v1_TaskResult>): grpc.ClientUnaryCall;
  
}

export interface TaskServiceHandlers extends grpc.UntypedServiceImplementation {
  AbortBatch: grpc.handleUnaryCall<_millrace_v1_AbortBatchRequest, _millrace_v1_AbortBatchReplyInput>;
  
  CloseJob: grpc.handleUnaryCall<_millrace_v1_CloseJobRequest, _millrace_v1_CloseJobReplyInput>;
  
  FinishBatch: grpc.handleUnaryCall<_millrace_v1_FinishBatchRequest, _millrace_v1_FinishBatchReplyInput>;
  
  OpenJob: grpc.handleUnaryCall<_millrace_v1_OpenJobRequest, _millrace_v1_OpenJobReplyInput>;
  
  PassBatch: grpc.handleUnaryCall<_millrace_v1_PassBatchRequest, _millrace_v1_PassBatchReplyInput>;
  
  Publish: grpc.handleUnaryCall<_millrace_v1_PublishRequest, _millrace_v1_PublishReplyInput>;
  
  QueryState: grpc.handleUnaryCall<_millrace_v1_QueryStateRequest, _millrace_v1_QueryStateReplyInput>;
  
  RunTask: grpc.handleUnaryCall<_millrace_v1_Task, _millrace_v1_TaskResultInput>;
  
}

export interface TaskServiceDefinition extends grpc.ServiceDefinition {
  AbortBatch: MethodDefinition<_millrace_v1_AbortBatchRequestInput, _millrace_v1_AbortBatchReplyInput, _millrace_v1_AbortBatchRequest, _millrace_v1_AbortBatchReply>
  CloseJob: MethodDefinition<_millrace_v1_CloseJobRequestInput, _millrace_v1_CloseJobReplyInput, _millrace_v1_CloseJobRequest, _millrace_v1_CloseJobReply>
  FinishBatch: MethodDefinition<_millrace_v1_FinishBatchRequestInput, _millrace_v1_FinishBatchReplyInput, _millrace_v1_FinishBatchRequest, _millrace_v1_FinishBatchReply>
  OpenJob: MethodDefinition<_millrace_v1_OpenJobRequestInput, _millrace_v1_OpenJobReplyInput, _millrace_v1_OpenJobRequest, _millrace_v1_OpenJobReply>
  PassBatch: MethodDefinition<_millrace_v1_PassBatchRequestInput, _millrace_v1_PassBatchReplyInput, _millrace_v1_PassBatchRequest, _millrace_v1_PassBatchReply>
  Publish: MethodDefinition<_millrace_v1_PublishRequestInput, _millrace_v1_PublishReplyInput, _millrace_v1_PublishRequest, _millrace_v1_PublishReply>
  QueryState: MethodDefinition<_millrace_v1_QueryStateRequestInput, _millrace_v1_QueryStateReplyInput, _millrace_v1_QueryStateRequest, _millrace_v1_QueryStateReply>
  RunTask: MethodDefinition<_millrace_v1_TaskInput, _millrace_v1_TaskResultInput, _millrace_v1_Task, _millrace_v1_TaskResult>
}
