// Original file: proto/millrace/v1/executor.proto


export interface BlockChunkInput {
  'data'?: (Buffer | Uint8Array | string);
}

export interface BlockChunk {
  'data': (Buffer);
}
