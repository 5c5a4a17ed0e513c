// Original file: proto/millrace/v1/control.proto


export interface RestartRequestInput {
  'jobId'?: (string);
  'specText'?: (string);
  'fileName'?: (string);
  'allowStateLoss'?: (boolean);
  'dryRun'?: (boolean);
}

export interface RestartRequest {
  'jobId': (string);
  'specText': (string);
  'fileName': (string);
  'allowStateLoss': (boolean);
  'dryRun': (boolean);
}
