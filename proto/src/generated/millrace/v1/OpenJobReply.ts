// Original file: proto/millrace/v1/executor.proto


export interface OpenJobReplyInput {
}

export interface OpenJobReply {
}
