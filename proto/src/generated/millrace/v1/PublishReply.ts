// Original file: proto/millrace/v1/executor.proto

import type { PreparedOutputInput as _millrace_v1_PreparedOutputInput, PreparedOutput as _millrace_v1_PreparedOutput } from '../../millrace/v1/PreparedOutput.ts';

export interface PublishReplyInput {
  'text'?: (string);
  'preparedAgain'?: (_millrace_v1_PreparedOutputInput)[];
}

export interface PublishReply {
  'text': (string);
  'preparedAgain': (_millrace_v1_PreparedOutput)[];
}
