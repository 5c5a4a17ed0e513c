import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ClusterServiceClient as _millrace_v1_ClusterServiceClient, ClusterServiceDefinition as _millrace_v1_ClusterServiceDefinition } from './millrace/v1/ClusterService.ts';
import type { DrainReplyInput as _millrace_v1_DrainReplyInput, DrainReply as _millrace_v1_DrainReply } from './millrace/v1/DrainReply.ts';
import type { DrainRequestInput as _millrace_v1_DrainRequestInput, DrainRequest as _millrace_v1_DrainRequest } from './millrace/v1/DrainRequest.ts';
import type { HeartbeatReplyInput as _millrace_v1_HeartbeatReplyInput, HeartbeatReply as _millrace_v1_HeartbeatReply } from './millrace/v1/HeartbeatReply.ts';
import type { HeartbeatRequestInput as _millrace_v1_HeartbeatRequestInput, HeartbeatRequest as _millrace_v1_HeartbeatRequest } from './millrace/v1/HeartbeatRequest.ts';
import type { RegisterReplyInput as _millrace_v1_RegisterReplyInput, RegisterReply as _millrace_v1_RegisterReply } from './millrace/v1/RegisterReply.ts';
import type { RegisterRequestInput as _millrace_v1_RegisterRequestInput, RegisterRequest as _millrace_v1_RegisterRequest } from './millrace/v1/RegisterRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  millrace: {
    v1: {
      ClusterService: SubtypeConstructor<typeof grpc.Client, _millrace_v1_ClusterServiceClient> & { service: _millrace_v1_ClusterServiceDefinition }
      DrainReply: MessageTypeDefinition<_millrace_v1_DrainReplyInput, _millrace_v1_DrainReply>
      DrainRequest: MessageTypeDefinition<_millrace_v1_DrainRequestInput, _millrace_v1_DrainRequest>
      HeartbeatReply: MessageTypeDefinition<_millrace_v1_HeartbeatReplyInput, _millrace_v1_HeartbeatReply>
      HeartbeatRequest: MessageTypeDefinition<_millrace_v1_HeartbeatRequestInput, _millrace_v1_HeartbeatRequest>
      RegisterReply: MessageTypeDefinition<_millrace_v1_RegisterReplyInput, _millrace_v1_RegisterReply>
      RegisterRequest: MessageTypeDefinition<_millrace_v1_RegisterRequestInput, _millrace_v1_RegisterRequest>
    }
  }
}

