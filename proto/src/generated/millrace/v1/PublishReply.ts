// Original file: proto/millrace/v1/executor.proto


export interface PublishReplyInput {
  'text'?: (string);
}

export interface PublishReply {
  'text': (string);
}
