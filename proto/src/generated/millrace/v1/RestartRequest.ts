// Original file: proto/millrace/v1/control.proto


export interface RestartRequestInput {
  'jobId'?: (string);
  'specText'?: (string);
  'fileName'?: (string);
}

export interface RestartRequest {
  'jobId': (string);
  'specText': (string);
  'fileName': (string);
}
