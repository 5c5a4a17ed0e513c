// Original file: proto/millrace/v1/executor.proto


export interface PassBatchReplyInput {
}

export interface PassBatchReply {
}
