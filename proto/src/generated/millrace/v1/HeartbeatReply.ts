// Original file: proto/millrace/v1/cluster.proto


export interface HeartbeatReplyInput {
  'closeJobs'?: (string)[];
}

export interface HeartbeatReply {
  'closeJobs': (string)[];
}
