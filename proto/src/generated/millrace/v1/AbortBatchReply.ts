// Original file: proto/millrace/v1/executor.proto


export interface AbortBatchReplyInput {
}

export interface AbortBatchReply {
}
