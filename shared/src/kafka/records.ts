import { corrupt } from './batch-header.ts';
import type { RecordBatch } from './record-batches.ts';

export type RecordHeader = { key: string; value: Buffer | null };

export type KafkaRecord = {
  offset: number;
  /** ms since the epoch: the producer's, or the broker's where the topic stamps on append. */
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: RecordHeader[];
};

/**
 * The records of a batch, as views over it: the reference that tests and slow paths read by. The hot loop is the lane's
 * own. CORRUPT_RECORD_BATCH when lengths do not add up.
 */
export function* readRecords(batch: RecordBatch): Generator<KafkaRecord> {
  const cursor: Cursor = { bytes: batch.records, position: 0, baseOffset: batch.baseOffset };
  let before = -1;
  if (batch.recordCount < 0) throw corrupt(batch.baseOffset, `it claims to hold ${batch.recordCount} records`);
  for (let index = 0; index < batch.recordCount; index++) {
    const length = readVarint(cursor);
    const end = cursor.position + length;
    if (length < 0 || end > cursor.bytes.length) throw corrupt(batch.baseOffset, `record ${index} runs past its end`);
    cursor.position += 1;
    const timestampDelta = readVarint(cursor);
    const offsetDelta = readVarint(cursor);
    if (offsetDelta <= before || offsetDelta > INT32_MAX)
      throw corrupt(batch.baseOffset, `record ${index} is out of order`);
    before = offsetDelta;
    const offset = batch.baseOffset + offsetDelta;
    const timestamp = batch.timestampType === 'append' ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta;
    const record = {
      offset,
      timestamp,
      key: readBytes(cursor),
      value: readBytes(cursor),
      headers: readHeaders(cursor),
    };
    if (cursor.position !== end) throw corrupt(batch.baseOffset, `record ${index} does not end where its length says`);
    yield record;
  }
  if (cursor.position !== cursor.bytes.length) throw corrupt(batch.baseOffset, 'it holds more than its records');
}

type Cursor = { bytes: Buffer; position: number; baseOffset: number };

/** Of lengths, counts and offset deltas. */
const INT32_MAX = 2 ** 31 - 1;
/** 64 bits take at most so many groups of 7. */
const VARINT_BYTES_MAX = 10;

/** Varints and varlongs alike; exact up to 2^53, which covers every timestamp in ms. */
function readVarint(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < VARINT_BYTES_MAX; count++) {
    const byte = cursor.bytes[cursor.position++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 0x80;
  }
  throw corrupt(cursor.baseOffset, `a number at byte ${cursor.position} of its records does not end`);
}

function readBytes(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const start = cursor.position;
  cursor.position += length;
  if (cursor.position > cursor.bytes.length) throw corrupt(cursor.baseOffset, 'a key or value runs past its end');
  return cursor.bytes.subarray(start, cursor.position);
}

function readHeaders(cursor: Cursor): RecordHeader[] {
  const count = readVarint(cursor);
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count; index++) {
    headers.push({ key: readBytes(cursor)?.toString('utf8') ?? '', value: readBytes(cursor) });
  }
  return headers;
}
