// Original file: proto/millrace/v1/cluster.proto


export interface DrainReplyInput {
}

export interface DrainReply {
}
