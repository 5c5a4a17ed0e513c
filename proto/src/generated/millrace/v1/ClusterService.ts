// Original file: proto/millrace/v1/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DrainReplyInput as _millrace_v1_DrainReplyInput, DrainReply as _millrace_v1_DrainReply } from '../../millrace/v1/DrainReply.ts';
import type { DrainRequestInput as _millrace_v1_DrainRequestInput, DrainRequest as _millrace_v1_DrainRequest } from '../../millrace/v1/DrainRequest.ts';
import type { HeartbeatReplyInput as _millrace_v1_HeartbeatReplyInput, HeartbeatReply as _millrace_v1_HeartbeatReply } from '../../millrace/v1/HeartbeatReply.ts';
import type { HeartbeatRequestInput as _millrace_v1_HeartbeatRequestInput, HeartbeatRequest as _millrace_v1_HeartbeatRequest } from '../../millrace/v1/HeartbeatRequest.ts';
import type { RegisterReplyInput as _millrace_v1_RegisterReplyInput, RegisterReply as _millrace_v1_RegisterReply } from '../../millrace/v1/RegisterReply.ts';
import type { RegisterRequestInput as _millrace_v1_RegisterRequestInput, RegisterRequest as _millrace_v1_RegisterRequest } from '../../millrace/v1/RegisterRequest.ts';

export interface ClusterServiceClient extends grpc.Client {
  Drain(argument: _millrace_v1_DrainRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  Drain(argument: _millrace_v1_DrainRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  Drain(argument: _millrace_v1_DrainRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  Drain(argument: _millrace_v1_DrainRequestInput, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  drain(argument: _millrace_v1_DrainRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  drain(argument: _millrace_v1_DrainRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  drain(argument: _millrace_v1_DrainRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  drain(argument: _millrace_v1_DrainRequestInput, callback: grpc.requestCallback<_millrace_v1_DrainReply>): grpc.ClientUnaryCall;
  
  Heartbeat(argument: _millrace_v1_HeartbeatRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  Heartbeat(argument: _millrace_v1_HeartbeatRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  Heartbeat(argument: _millrace_v1_HeartbeatRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  Heartbeat(argument: _millrace_v1_HeartbeatRequestInput, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  heartbeat(argument: _millrace_v1_HeartbeatRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  heartbeat(argument: _millrace_v1_HeartbeatRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  heartbeat(argument: _millrace_v1_HeartbeatRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  heartbeat(argument: _millrace_v1_HeartbeatRequestInput, callback: grpc.requestCallback<_millrace_v1_HeartbeatReply>): grpc.ClientUnaryCall;
  
  Register(argument: _millrace_v1_RegisterRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  Register(argument: _millrace_v1_RegisterRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  Register(argument: _millrace_v1_RegisterRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  Register(argument: _millrace_v1_RegisterRequestInput, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  register(argument: _millrace_v1_RegisterRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  register(argument: _millrace_v1_RegisterRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  register(argument: _millrace_v1_RegisterRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  register(argument: _millrace_v1_RegisterRequestInput, callback: grpc.requestCallback<_millrace_v1_RegisterReply>): grpc.ClientUnaryCall;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  Drain: grpc.handleUnaryCall<_millrace_v1_DrainRequest, _millrace_v1_DrainReplyInput>;
  
  Heartbeat: grpc.handleUnaryCall<_millrace_v1_HeartbeatRequest, _millrace_v1_HeartbeatReplyInput>;
  
  Register: grpc.handleUnaryCall<_millrace_v1_RegisterRequest, _millrace_v1_RegisterReplyInput>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  Drain: MethodDefinition<_millrace_v1_DrainRequestInput, _millrace_v1_DrainReplyInput, _millrace_v1_DrainRequest, _millrace_v1_DrainReply>
  Heartbeat: MethodDefinition<_millrace_v1_HeartbeatRequestInput, _millrace_v1_HeartbeatReplyInput, _millrace_v1_HeartbeatRequest, _millrace_v1_HeartbeatReply>
  Register: MethodDefinition<_millrace_v1_RegisterRequestInput, _millrace_v1_RegisterReplyInput, _millrace_v1_RegisterRequest, _millrace_v1_RegisterReply>
}
