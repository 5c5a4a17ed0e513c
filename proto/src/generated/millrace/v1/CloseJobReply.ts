// Original file: proto/millrace/v1/executor.proto


export interface CloseJobReplyInput {
}

export interface CloseJobReply {
}
