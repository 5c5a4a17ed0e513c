// Original file: proto/millrace/v1/cluster.proto


export interface DrainRequestInput {
  'executorId'?: (string);
  'incarnation'?: (string);
  'left'?: (boolean);
}

export interface DrainRequest {
  'executorId': (string);
  'incarnation': (string);
  'left': (boolean);
}
