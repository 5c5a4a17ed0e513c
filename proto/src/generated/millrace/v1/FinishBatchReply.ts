// Original file: proto/millrace/v1/executor.proto


export interface FinishBatchReplyInput {
}

export interface FinishBatchReply {
}
