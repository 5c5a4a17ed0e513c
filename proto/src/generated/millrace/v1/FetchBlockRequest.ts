// Original file: proto/millrace/v1/executor.proto


export interface FetchBlockRequestInput {
  'jobId'?: (string);
  'name'?: (string);
  'incarnation'?: (string);
}

export interface FetchBlockRequest {
  'jobId': (string);
  'name': (string);
  'incarnation': (string);
}
