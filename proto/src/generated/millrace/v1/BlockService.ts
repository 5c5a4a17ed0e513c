// Original file: proto/millrace/v1/executor.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BlockChunkInput as _millrace_v1_BlockChunkInput, BlockChunk as _millrace_v1_BlockChunk } from '../../millrace/v1/BlockChunk.ts';
import type { FetchBlockRequestInput as _millrace_v1_FetchBlockRequestInput, FetchBlockRequest as _millrace_v1_FetchBlockRequest } from '../../millrace/v1/FetchBlockRequest.ts';

export interface BlockServiceClient extends grpc.Client {
  FetchBlock(argument: _millrace_v1_FetchBlockRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_BlockChunk>;
  FetchBlock(argument: _millrace_v1_FetchBlockRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_BlockChunk>;
  fetchBlock(argument: _millrace_v1_FetchBlockRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_BlockChunk>;
  fetchBlock(argument: _millrace_v1_FetchBlockRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_millrace_v1_BlockChunk>;
  
}

export interface BlockServiceHandlers extends grpc.UntypedServiceImplementation {
  FetchBlock: grpc.handleServerStreamingCall<_millrace_v1_FetchBlockRequest, _millrace_v1_BlockChunkInput>;
  
}

export interface BlockServiceDefinition extends grpc.ServiceDefinition {
  FetchBlock: MethodDefinition<_millrace_v1_FetchBlockRequestInput, _millrace_v1_BlockChunkInput, _millrace_v1_FetchBlockRequest, _millrace_v1_BlockChunk>
}
