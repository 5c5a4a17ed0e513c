// Original file: proto/millrace/v1/executor.proto


export interface QueryStateReplyInput {
  'columns'?: (string)[];
  'rowsJson'?: (string);
  'truncated'?: (boolean);
}

export interface QueryStateReply {
  'columns': (string)[];
  'rowsJson': (string);
  'truncated': (boolean);
}
