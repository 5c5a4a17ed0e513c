import { type BatchHeader, corrupt, readBatchHeader, verifyChecksum } from './batch-header.ts';
import { decompress } from './compression.ts';
import { BATCH } from './record-layout.ts';

/** A verified batch: its header and its records in plain, laid out as record-layout.ts says. */
export type RecordBatch = BatchHeader & {
  /** A view over the record set where the codec is none. */
  records: Buffer;
};

/** Headers of the complete batches of a record set, in order; a cut-off last batch is left out. No byte is verified. */
export function* batchHeaders(recordSet: Uint8Array): Generator<BatchHeader> {
  const set = asBuffer(recordSet);
  let position = 0;
  while (position < set.length) {
    const header = readBatchHeader(set, position);
    if (header === null) return;
    yield header;
    position = header.end;
  }
}

/**
 * The complete batches of a record set, control batches and aborted ones included, verified and decompressed.
 * CORRUPT_RECORD_BATCH names the base offset; KAFKA_REFUSED is for old formats.
 */
export function* recordBatches(recordSet: Uint8Array): Generator<RecordBatch> {
  for (const header of batchHeaders(recordSet)) yield openBatch(recordSet, header);
}

/** Verifies the batch that `header` describes and decompresses its records. Errors as recordBatches. */
export function openBatch(recordSet: Uint8Array, header: BatchHeader): RecordBatch {
  const set = asBuffer(recordSet);
  verifyChecksum(set, header);
  const packed = set.subarray(header.start + BATCH.records, header.end);
  return { ...header, records: unpack(header, packed) };
}

function unpack(header: BatchHeader, packed: Buffer): Buffer {
  try {
    return decompress(header.codec, packed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw corrupt(header.baseOffset, `its ${header.codec} data does not decompress: ${reason}`, error);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
