// The wire: service definitions loaded from the .proto files beside this package, and their message types.
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ProtoGrpcType as ClusterTypes } from './generated/cluster.ts';
import type { ProtoGrpcType as ControlTypes } from './generated/control.ts';
import type { ProtoGrpcType as ExecutorTypes } from './generated/executor.ts';

const definition = loadSync(['millrace/v1/control.proto', 'millrace/v1/cluster.proto', 'millrace/v1/executor.proto'], {
  includeDirs: [fileURLToPath(new URL('..', import.meta.url))],
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
});

type Types = {
  millrace: {
    v1: ClusterTypes['millrace']['v1'] & ControlTypes['millrace']['v1'] & ExecutorTypes['millrace']['v1'];
  };
};

/** Client constructors and service definitions: `wire.TaskService.service`, `new wire.TaskService(address, …)`. */
export const wire = (loadPackageDefinition(definition) as unknown as Types).millrace.v1;

export type * from './generated/millrace/v1/AbortBatchReply.ts';
export type * from './generated/millrace/v1/AbortBatchRequest.ts';
export type * from './generated/millrace/v1/BatchContext.ts';
export type * from './generated/millrace/v1/Block.ts';
export type * from './generated/millrace/v1/BlockChunk.ts';
export type * from './generated/millrace/v1/BlockService.ts';
export type * from './generated/millrace/v1/CloseJobReply.ts';
export type * from './generated/millrace/v1/CloseJobRequest.ts';
export type * from './generated/millrace/v1/ClusterService.ts';
export type * from './generated/millrace/v1/ControlService.ts';
export type * from './generated/millrace/v1/Counts.ts';
export type * from './generated/millrace/v1/DrainReply.ts';
export type * from './generated/millrace/v1/DrainRequest.ts';
export type * from './generated/millrace/v1/EventTime.ts';
export type * from './generated/millrace/v1/ExecutorSummary.ts';
export type * from './generated/millrace/v1/Failure.ts';
export type * from './generated/millrace/v1/FetchBlockRequest.ts';
export type * from './generated/millrace/v1/FinishBatchReply.ts';
export type * from './generated/millrace/v1/FinishBatchRequest.ts';
export type * from './generated/millrace/v1/GrowingRow.ts';
export type * from './generated/millrace/v1/HeartbeatReply.ts';
export type * from './generated/millrace/v1/HeartbeatRequest.ts';
export type * from './generated/millrace/v1/JobDescription.ts';
export type * from './generated/millrace/v1/JobReply.ts';
export type * from './generated/millrace/v1/JobRequest.ts';
export type * from './generated/millrace/v1/JobSummary.ts';
export type * from './generated/millrace/v1/ListExecutorsReply.ts';
export type * from './generated/millrace/v1/ListExecutorsRequest.ts';
export type * from './generated/millrace/v1/ListJobsReply.ts';
export type * from './generated/millrace/v1/ListJobsRequest.ts';
export type * from './generated/millrace/v1/OffsetRange.ts';
export type * from './generated/millrace/v1/OpenJobReply.ts';
export type * from './generated/millrace/v1/OpenJobRequest.ts';
export type * from './generated/millrace/v1/OperatorStats.ts';
export type * from './generated/millrace/v1/PartitionProgress.ts';
export type * from './generated/millrace/v1/PassBatchReply.ts';
export type * from './generated/millrace/v1/PassBatchRequest.ts';
export type * from './generated/millrace/v1/PhaseTime.ts';
export type * from './generated/millrace/v1/PreparedOutput.ts';
export type * from './generated/millrace/v1/Progress.ts';
export type * from './generated/millrace/v1/PublishReply.ts';
export type * from './generated/millrace/v1/PublishRequest.ts';
export type * from './generated/millrace/v1/QueryJobStateReply.ts';
export type * from './generated/millrace/v1/QueryJobStateRequest.ts';
export type * from './generated/millrace/v1/QueryStateReply.ts';
export type * from './generated/millrace/v1/QueryStateRequest.ts';
export type * from './generated/millrace/v1/RegisterReply.ts';
export type * from './generated/millrace/v1/RegisterRequest.ts';
export type * from './generated/millrace/v1/RestartReply.ts';
export type * from './generated/millrace/v1/RestartRequest.ts';
export type * from './generated/millrace/v1/ShuffleTarget.ts';
export type * from './generated/millrace/v1/Slice.ts';
export type * from './generated/millrace/v1/StateBlob.ts';
export type * from './generated/millrace/v1/StateGrowth.ts';
export type * from './generated/millrace/v1/StateOutcome.ts';
export type * from './generated/millrace/v1/StateSummary.ts';
export type * from './generated/millrace/v1/StateTtl.ts';
export type * from './generated/millrace/v1/SubmitReply.ts';
export type * from './generated/millrace/v1/SubmitRequest.ts';
export type * from './generated/millrace/v1/TableStatus.ts';
export type * from './generated/millrace/v1/TableVersion.ts';
export type * from './generated/millrace/v1/Task.ts';
export type * from './generated/millrace/v1/TaskEvent.ts';
export type * from './generated/millrace/v1/TaskId.ts';
export type * from './generated/millrace/v1/TaskResult.ts';
export type * from './generated/millrace/v1/TaskService.ts';
export type * from './generated/millrace/v1/Timing.ts';
export type * from './generated/millrace/v1/WatchEvent.ts';
export type * from './generated/millrace/v1/WatchRequest.ts';
