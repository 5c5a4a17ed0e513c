// Original file: proto/millrace/v1/control.proto


export interface SubmitReplyInput {
  'jobId'?: (string);
  'warnings'?: (string)[];
}

export interface SubmitReply {
  'jobId': (string);
  'warnings': (string)[];
}
