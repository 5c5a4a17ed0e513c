// Original file: proto/millrace/v1/control.proto


export interface JobRequestInput {
  'jobId'?: (string);
}

export interface JobRequest {
  'jobId': (string);
}
