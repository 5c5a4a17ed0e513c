// Original file: proto/millrace/v1/cluster.proto


export interface HeartbeatReplyInput {
  'closeJobs'?: (string)[];
  'mayBeReplaced'?: (boolean);
}

export interface HeartbeatReply {
  'closeJobs': (string)[];
  'mayBeReplaced': (boolean);
}
