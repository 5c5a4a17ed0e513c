import { crc32c } from '@node-rs/crc32';
import { MillraceError } from '../errors/index.ts';
import { compress, type WriteCodec } from './compression.ts';
import { ATTRIBUTE, BATCH, CODECS, LENGTH_OVERHEAD, MAGIC_V2 } from './record-layout.ts';
import { varintBytes, writeVarint } from './varint.ts';

export type RecordBatchWriterOptions = {
  compression: WriteCodec;
  /** A batch is closed before it grows beyond this, counted before compression. Bytes; the topic's max.message.bytes. */
  bytesMax: number;
  /** The same on every record. */
  headers: Readonly<Record<string, string>>;
  /** Timestamp of every record, ms since the epoch: the batch's time, so that a replay writes the same bytes. */
  timestampMs: number;
};

/** Frames records of one topic partition into v2 batches, without an object per record. */
export type RecordBatchWriter = {
  /**
   * Adds a record whose key and value are `[start, end)` of the given buffers, copied at once; null is a null key or,
   * as value, a tombstone. A record that alone exceeds bytesMax, as compressed, is RECORD_TOO_LARGE from the call that
   * closes its batch: a later append or finish.
   */
  append(
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer | null,
    valueStart: number,
    valueEnd: number,
  ): void;
  /** Closes the last batch and hands everything over; the writer is empty again. Each batch owns its ArrayBuffer. */
  finish(): { batches: ArrayBuffer[]; records: number; bytes: number };
};

/** A writer per partition is common, so each begins small. Bytes. */
const CAPACITY_INITIAL_BYTES = 16 * 1024;

/** Up to here a loop beats the call into native copy. Bytes. */
const COPY_LOOP_BYTES_MAX = 16;

export function createRecordBatchWriter(options: RecordBatchWriterOptions): RecordBatchWriter {
  const headers = encodeHeaders(options.headers);
  let buffer = Buffer.allocUnsafe(CAPACITY_INITIAL_BYTES);
  let position: number = BATCH.records;
  let count = 0;
  let finished = { batches: [] as ArrayBuffer[], records: 0, bytes: 0 };

  function closeBatch(): void {
    const batch = frameBatch(buffer.subarray(0, position), count, options);
    finished.batches.push(batch);
    finished.records += count;
    finished.bytes += batch.byteLength;
    position = BATCH.records;
    count = 0;
  }

  function reserve(bytes: number): void {
    if (position + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + bytes));
    buffer.copy(grown, 0, 0, position);
    buffer = grown;
  }

  function append(
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer | null,
    valueStart: number,
    valueEnd: number,
  ): void {
    const keyLength = key === null ? -1 : keyEnd - keyStart;
    const valueLength = value === null ? -1 : valueEnd - valueStart;
    let body = bodyBytes(count, keyLength, valueLength) + headers.length;
    const bytes = varintBytes(body) + body;
    if (count > 0 && position + bytes > options.bytesMax) {
      body -= varintBytes(count) - 1;
      closeBatch();
    }
    reserve(bytes);
    position = writeVarint(buffer, position, body);
    buffer[position++] = 0; // attributes
    buffer[position++] = 0; // timestampDelta: all records carry the base timestamp
    position = writeVarint(buffer, position, count);
    position = writeSlice(buffer, position, key, keyStart, keyLength);
    position = writeSlice(buffer, position, value, valueStart, valueLength);
    headers.copy(buffer, position);
    position += headers.length;
    count += 1;
  }

  function finish(): { batches: ArrayBuffer[]; records: number; bytes: number } {
    if (count > 0) closeBatch();
    const result = finished;
    finished = { batches: [], records: 0, bytes: 0 };
    return result;
  }

  return { append, finish };
}

/** Bytes of a record after its length field, headers left out: two for attributes and timestampDelta. */
function bodyBytes(offsetDelta: number, keyLength: number, valueLength: number): number {
  return (
    2 +
    varintBytes(offsetDelta) +
    varintBytes(keyLength) +
    Math.max(0, keyLength) +
    varintBytes(valueLength) +
    Math.max(0, valueLength)
  );
}

function writeSlice(target: Buffer, at: number, source: Buffer | null, start: number, length: number): number {
  let position = writeVarint(target, at, length);
  if (source === null) return position;
  if (length > COPY_LOOP_BYTES_MAX) {
    source.copy(target, position, start, start + length);
    return position + length;
  }
  for (let index = 0; index < length; index++) target[position++] = source[start + index]!;
  return position;
}

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers)
    .flat()
    .map((text) => Buffer.from(text, 'utf8'));
  const bytes = entries.reduce((sum, entry) => sum + varintBytes(entry.length) + entry.length, 0);
  const count = entries.length / 2;
  const buffer = Buffer.alloc(varintBytes(count) + bytes);
  let position = writeVarint(buffer, 0, count);
  for (const entry of entries) position = writeSlice(buffer, position, entry, 0, entry.length);
  return buffer;
}

/** The finished batch in an ArrayBuffer of its own; `plain` has room for the header before its records. */
function frameBatch(plain: Buffer, count: number, options: RecordBatchWriterOptions): ArrayBuffer {
  const records = plain.subarray(BATCH.records);
  const compressed = compress(options.compression, records);
  // Data that does not compress goes as it is, so that a batch never outgrows the limit it was cut by.
  const codec = compressed.length < records.length ? options.compression : 'none';
  const packed = codec === 'none' ? records : compressed;
  const length = BATCH.records + packed.length;
  if (length > options.bytesMax) throw tooLarge(length, count, options.bytesMax);
  const arrayBuffer = new ArrayBuffer(length);
  const batch = Buffer.from(arrayBuffer);
  packed.copy(batch, BATCH.records);
  const timestamp = BigInt(options.timestampMs);
  batch.writeBigInt64BE(0n, BATCH.baseOffset);
  batch.writeInt32BE(length - LENGTH_OVERHEAD, BATCH.length);
  batch.writeInt32BE(-1, BATCH.partitionLeaderEpoch);
  batch.writeInt8(MAGIC_V2, BATCH.magic);
  batch.writeInt16BE(CODECS.indexOf(codec) & ATTRIBUTE.compressionMask, BATCH.attributes);
  batch.writeInt32BE(count - 1, BATCH.lastOffsetDelta);
  batch.writeBigInt64BE(timestamp, BATCH.baseTimestamp);
  batch.writeBigInt64BE(timestamp, BATCH.maxTimestamp);
  batch.writeBigInt64BE(-1n, BATCH.producerId);
  batch.writeInt16BE(-1, BATCH.producerEpoch);
  batch.writeInt32BE(-1, BATCH.baseSequence);
  batch.writeInt32BE(count, BATCH.recordCount);
  batch.writeUInt32BE(crc32c(batch.subarray(BATCH.attributes)), BATCH.crc);
  return arrayBuffer;
}

function tooLarge(bytes: number, records: number, bytesMax: number): MillraceError {
  return new MillraceError(
    'RECORD_TOO_LARGE',
    `A batch of ${records} record${records === 1 ? '' : 's'} takes ${bytes} bytes; the limit is ${bytesMax}.`,
    {
      hint: 'Make the rows smaller, or raise `max.message.bytes` of the topic.',
      details: { bytes, bytesMax, records },
    },
  );
}
