// Original file: proto/millrace/v1/control.proto


export interface WatchRequestInput {
  'jobId'?: (string);
}

export interface WatchRequest {
  'jobId': (string);
}
