// Original file: proto/millrace/v1/control.proto


export interface QueryJobStateRequestInput {
  'jobId'?: (string);
  'sql'?: (string);
  'maxRows'?: (number);
}

export interface QueryJobStateRequest {
  'jobId': (string);
  'sql': (string);
  'maxRows': (number);
}
