import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AbortBatchReplyInput as _millrace_v1_AbortBatchReplyInput, AbortBatchReply as _millrace_v1_AbortBatchReply } from './millrace/v1/AbortBatchReply.ts';
import type { AbortBatchRequestInput as _millrace_v1_AbortBatchRequestInput, AbortBatchRequest as _millrace_v1_AbortBatchRequest } from './millrace/v1/AbortBatchRequest.ts';
import type { BatchContextInput as _millrace_v1_BatchContextInput, BatchContext as _millrace_v1_BatchContext } from './millrace/v1/BatchContext.ts';
import type { BlockInput as _millrace_v1_BlockInput, Block as _millrace_v1_Block } from './millrace/v1/Block.ts';
import type { BlockChunkInput as _millrace_v1_BlockChunkInput, BlockChunk as _millrace_v1_BlockChunk } from './millrace/v1/BlockChunk.ts';
import type { BlockServiceClient as _millrace_v1_BlockServiceClient, BlockServiceDefinition as _millrace_v1_BlockServiceDefinition } from './millrace/v1/BlockService.ts';
import type { CloseJobReplyInput as _millrace_v1_CloseJobReplyInput, CloseJobReply as _millrace_v1_CloseJobReply } from './millrace/v1/CloseJobReply.ts';
import type { CloseJobRequestInput as _millrace_v1_CloseJobRequestInput, CloseJobRequest as _millrace_v1_CloseJobRequest } from './millrace/v1/CloseJobRequest.ts';
import type { CountsInput as _millrace_v1_CountsInput, Counts as _millrace_v1_Counts } from './millrace/v1/Counts.ts';
import type { EventTimeInput as _millrace_v1_EventTimeInput, EventTime as _millrace_v1_EventTime } from './millrace/v1/EventTime.ts';
import type { FailureInput as _millrace_v1_FailureInput, Failure as _millrace_v1_Failure } from './millrace/v1/Failure.ts';
import type { FetchBlockRequestInput as _millrace_v1_FetchBlockRequestInput, FetchBlockRequest as _millrace_v1_FetchBlockRequest } from './millrace/v1/FetchBlockRequest.ts';
import type { FinishBatchReplyInput as _millrace_v1_FinishBatchReplyInput, FinishBatchReply as _millrace_v1_FinishBatchReply } from './millrace/v1/FinishBatchReply.ts';
import type { FinishBatchRequestInput as _millrace_v1_FinishBatchRequestInput, FinishBatchRequest as _millrace_v1_FinishBatchRequest } from './millrace/v1/FinishBatchRequest.ts';
import type { OffsetRangeInput as _millrace_v1_OffsetRangeInput, OffsetRange as _millrace_v1_OffsetRange } from './millrace/v1/OffsetRange.ts';
import type { OpenJobReplyInput as _millrace_v1_OpenJobReplyInput, OpenJobReply as _millrace_v1_OpenJobReply } from './millrace/v1/OpenJobReply.ts';
import type { OpenJobRequestInput as _millrace_v1_OpenJobRequestInput, OpenJobRequest as _millrace_v1_OpenJobRequest } from './millrace/v1/OpenJobRequest.ts';
import type { OperatorStatsInput as _millrace_v1_OperatorStatsInput, OperatorStats as _millrace_v1_OperatorStats } from './millrace/v1/OperatorStats.ts';
import type { PassBatchReplyInput as _millrace_v1_PassBatchReplyInput, PassBatchReply as _millrace_v1_PassBatchReply } from './millrace/v1/PassBatchReply.ts';
import type { PassBatchRequestInput as _millrace_v1_PassBatchRequestInput, PassBatchRequest as _millrace_v1_PassBatchRequest } from './millrace/v1/PassBatchRequest.ts';
import type { PoisonRecordInput as _millrace_v1_PoisonRecordInput, PoisonRecord as _millrace_v1_PoisonRecord } from './millrace/v1/PoisonRecord.ts';
import type { PreparedOutputInput as _millrace_v1_PreparedOutputInput, PreparedOutput as _millrace_v1_PreparedOutput } from './millrace/v1/PreparedOutput.ts';
import type { PublishReplyInput as _millrace_v1_PublishReplyInput, PublishReply as _millrace_v1_PublishReply } from './millrace/v1/PublishReply.ts';
import type { PublishRequestInput as _millrace_v1_PublishRequestInput, PublishRequest as _millrace_v1_PublishRequest } from './millrace/v1/PublishRequest.ts';
import type { QueryStateReplyInput as _millrace_v1_QueryStateReplyInput, QueryStateReply as _millrace_v1_QueryStateReply } from './millrace/v1/QueryStateReply.ts';
import type { QueryStateRequestInput as _millrace_v1_QueryStateRequestInput, QueryStateRequest as _millrace_v1_QueryStateRequest } from './millrace/v1/QueryStateRequest.ts';
import type { ShuffleTargetInput as _millrace_v1_ShuffleTargetInput, ShuffleTarget as _millrace_v1_ShuffleTarget } from './millrace/v1/ShuffleTarget.ts';
import type { SliceInput as _millrace_v1_SliceInput, Slice as _millrace_v1_Slice } from './millrace/v1/Slice.ts';
import type { StateBlobInput as _millrace_v1_StateBlobInput, StateBlob as _millrace_v1_StateBlob } from './millrace/v1/StateBlob.ts';
import type { StateTtlInput as _millrace_v1_StateTtlInput, StateTtl as _millrace_v1_StateTtl } from './millrace/v1/StateTtl.ts';
import type { TableVersionInput as _millrace_v1_TableVersionInput, TableVersion as _millrace_v1_TableVersion } from './millrace/v1/TableVersion.ts';
import type { TaskInput as _millrace_v1_TaskInput, Task as _millrace_v1_Task } from './millrace/v1/Task.ts';
import type { TaskIdInput as _millrace_v1_TaskIdInput, TaskId as _millrace_v1_TaskId } from './millrace/v1/TaskId.ts';
import type { TaskResultInput as _millrace_v1_TaskResultInput, TaskResult as _millrace_v1_TaskResult } from './millrace/v1/TaskResult.ts';
import type { TaskServiceClient as _millrace_v1_TaskServiceClient, TaskServiceDefinition as _millrace_v1_TaskServiceDefinition } from './millrace/v1/TaskService.ts';
import type { TimingInput as _millrace_v1_TimingInput, Timing as _millrace_v1_Timing } from './millrace/v1/Timing.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  millrace: {
    v1: {
      AbortBatchReply: MessageTypeDefinition<_millrace_v1_AbortBatchReplyInput, _millrace_v1_AbortBatchReply>
      AbortBatchRequest: MessageTypeDefinition<_millrace_v1_AbortBatchRequestInput, _millrace_v1_AbortBatchRequest>
      BatchContext: MessageTypeDefinition<_millrace_v1_BatchContextInput, _millrace_v1_BatchContext>
      Block: MessageTypeDefinition<_millrace_v1_BlockInput, _millrace_v1_Block>
      BlockChunk: MessageTypeDefinition<_millrace_v1_BlockChunkInput, _millrace_v1_BlockChunk>
      BlockService: SubtypeConstructor<typeof grpc.Client, _millrace_v1_BlockServiceClient> & { service: _millrace_v1_BlockServiceDefinition }
      CloseJobReply: MessageTypeDefinition<_millrace_v1_CloseJobReplyInput, _millrace_v1_CloseJobReply>
      CloseJobRequest: MessageTypeDefinition<_millrace_v1_CloseJobRequestInput, _millrace_v1_CloseJobRequest>
      Counts: MessageTypeDefinition<_millrace_v1_CountsInput, _millrace_v1_Counts>
      EventTime: MessageTypeDefinition<_millrace_v1_EventTimeInput, _millrace_v1_EventTime>
      Failure: MessageTypeDefinition<_millrace_v1_FailureInput, _millrace_v1_Failure>
      FetchBlockRequest: MessageTypeDefinition<_millrace_v1_FetchBlockRequestInput, _millrace_v1_FetchBlockRequest>
      FinishBatchReply: MessageTypeDefinition<_millrace_v1_FinishBatchReplyInput, _millrace_v1_FinishBatchReply>
      FinishBatchRequest: MessageTypeDefinition<_millrace_v1_FinishBatchRequestInput, _millrace_v1_FinishBatchRequest>
      OffsetRange: MessageTypeDefinition<_millrace_v1_OffsetRangeInput, _millrace_v1_OffsetRange>
      OpenJobReply: MessageTypeDefinition<_millrace_v1_OpenJobReplyInput, _millrace_v1_OpenJobReply>
      OpenJobRequest: MessageTypeDefinition<_millrace_v1_OpenJobRequestInput, _millrace_v1_OpenJobRequest>
      OperatorStats: MessageTypeDefinition<_millrace_v1_OperatorStatsInput, _millrace_v1_OperatorStats>
      PassBatchReply: MessageTypeDefinition<_millrace_v1_PassBatchReplyInput, _millrace_v1_PassBatchReply>
      PassBatchRequest: MessageTypeDefinition<_millrace_v1_PassBatchRequestInput, _millrace_v1_PassBatchRequest>
      PoisonRecord: MessageTypeDefinition<_millrace_v1_PoisonRecordInput, _millrace_v1_PoisonRecord>
      PreparedOutput: MessageTypeDefinition<_millrace_v1_PreparedOutputInput, _millrace_v1_PreparedOutput>
      PublishReply: MessageTypeDefinition<_millrace_v1_PublishReplyInput, _millrace_v1_PublishReply>
      PublishRequest: MessageTypeDefinition<_millrace_v1_PublishRequestInput, _millrace_v1_PublishRequest>
      QueryStateReply: MessageTypeDefinition<_millrace_v1_QueryStateReplyInput, _millrace_v1_QueryStateReply>
      QueryStateRequest: MessageTypeDefinition<_millrace_v1_QueryStateRequestInput, _millrace_v1_QueryStateRequest>
      ShuffleTarget: MessageTypeDefinition<_millrace_v1_ShuffleTargetInput, _millrace_v1_ShuffleTarget>
      Slice: MessageTypeDefinition<_millrace_v1_SliceInput, _millrace_v1_Slice>
      StateBlob: MessageTypeDefinition<_millrace_v1_StateBlobInput, _millrace_v1_StateBlob>
      StateTtl: MessageTypeDefinition<_millrace_v1_StateTtlInput, _millrace_v1_StateTtl>
      TableVersion: MessageTypeDefinition<_millrace_v1_TableVersionInput, _millrace_v1_TableVersion>
      Task: MessageTypeDefinition<_millrace_v1_TaskInput, _millrace_v1_Task>
      TaskId: MessageTypeDefinition<_millrace_v1_TaskIdInput, _millrace_v1_TaskId>
      TaskResult: MessageTypeDefinition<_millrace_v1_TaskResultInput, _millrace_v1_TaskResult>
      TaskService: SubtypeConstructor<typeof grpc.Client, _millrace_v1_TaskServiceClient> & { service: _millrace_v1_TaskServiceDefinition }
      Timing: MessageTypeDefinition<_millrace_v1_TimingInput, _millrace_v1_Timing>
    }
  }
}

