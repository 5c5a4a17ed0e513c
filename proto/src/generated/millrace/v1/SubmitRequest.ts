// Original file: proto/millrace/v1/control.proto


export interface SubmitRequestInput {
  'specText'?: (string);
  'fileName'?: (string);
  'dryRun'?: (boolean);
}

export interface SubmitRequest {
  'specText': (string);
  'fileName': (string);
  'dryRun': (boolean);
}
