// Original file: proto/millrace/v1/cluster.proto


export interface RegisterRequestInput {
  'executorId'?: (string);
  'incarnation'?: (string);
  'address'?: (string);
  'lanes'?: (number);
  'version'?: (string);
  'hashVersion'?: (string);
}

export interface RegisterRequest {
  'executorId': (string);
  'incarnation': (string);
  'address': (string);
  'lanes': (number);
  'version': (string);
  'hashVersion': (string);
}
