// The hot loop. A record batch is, per record: length, attributes, timestamp delta, offset delta, key length, key,
// value length, value, headers. Everything but the value is overwritten with blanks in place, and the byte after the
// value (there is always one: the header count) becomes the newline. The batch is then NDJSON without a byte copied:
// walking costs 17 ns a record, copying values out one by one 51 ns.
import { MillraceError } from '@millrace/shared/errors';
import type { RecordBatch } from '@millrace/shared/kafka';
import { type BadLine, type RecordLines, reserveLines } from './slice-lines.ts';

/** What the loop needs of a RecordBatch; its `records` are overwritten unless `keepOriginal`. */
export type SliceableBatch = Pick<
  RecordBatch,
  'baseOffset' | 'baseTimestamp' | 'maxTimestamp' | 'timestampType' | 'recordCount' | 'records'
>;

export type SliceOptions = {
  from: number;
  until: number;
  /** Keys, headers, timestamps or the raw bytes of bad records will be wanted: leave the records as they are. */
  keepOriginal: boolean;
  /** False for raw sources: only find the records. */
  makeLines: boolean;
};

/** Bytes of an unreadable value that an error may show. */
const EXCERPT_BYTES = 80;

const BLANK = 0x20;
const NEWLINE = 0x0a;
/** Whitespace to JSON outside of strings, an error inside, like a newline, and no line end to DuckDB. */
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Of offset deltas. */
const INT32_MAX = 2 ** 31 - 1;
/** Length, attributes, both deltas, the lengths of key and value, the number of headers: a byte each at least. */
const RECORD_BYTES_MIN = 7;

/** Adds the batch's records with offsets in [from, until) to `lines`. Errors: CORRUPT_RECORD_BATCH. */
export function sliceRecords(batch: SliceableBatch, options: SliceOptions, lines: RecordLines): void {
  const { recordCount, records } = batch;
  if (recordCount < 0 || recordCount * RECORD_BYTES_MIN > records.length) throw miscounted(batch);
  reserveLines(lines, recordCount);
  const original = batch.records;
  const text = options.makeLines && options.keepOriginal ? Buffer.from(original) : original;
  const firstLine = lines.count;
  const textStart = options.makeLines ? blankRecords(batch, text, options, lines) : findRecords(batch, options, lines);
  if (lines.count === firstLine) return;
  const textEnd = lines.lineEnds[lines.count - 1]! + 1;
  if (options.makeLines) endLines(text, textStart, textEnd, firstLine, lines);
  lines.segments.push({
    firstLine,
    untilLine: lines.count,
    original: options.keepOriginal || !options.makeLines ? original : null,
    baseTimestamp: batch.baseTimestamp,
    logAppendTime: batch.timestampType === 'append' ? batch.maxTimestamp : null,
    text: options.makeLines ? text : null,
    textStart,
    textEnd,
  });
}

/** Blanks all but the values; gives where the first line starts. Long on purpose: calls in this loop cost more than it. */
function blankRecords(batch: SliceableBatch, bytes: Buffer, options: SliceOptions, lines: RecordLines): number {
  const { from, until } = options;
  const { baseOffset, recordCount } = batch;
  const { offsets, recordStarts, lineEnds } = lines;
  const size = bytes.length;
  let line = lines.count;
  let valueBytes = 0;
  let textStart = -1;
  let before = Number.NEGATIVE_INFINITY;
  let p = 0;
  for (let i = 0; i < recordCount; i++) {
    const start = p;
    let b = bytes[p++]!;
    let n = b & 127;
    for (let shift = 7; b > 127; shift += 7) {
      b = bytes[p++]!;
      n |= (b & 127) << shift;
    }
    let negative = n & 1;
    const end = p + (n >>> 1);
    p++; // attributes
    while (bytes[p++]! > 127); // timestamp delta
    b = bytes[p++]!;
    n = b & 127;
    for (let shift = 7; b > 127; shift += 7) {
      b = bytes[p++]!;
      n |= (b & 127) << shift;
    }
    negative |= n & 1;
    const offset = baseOffset + (n >>> 1);
    b = bytes[p++]!;
    n = b & 127;
    for (let shift = 7; b > 127; shift += 7) {
      b = bytes[p++]!;
      n |= (b & 127) << shift;
    }
    if ((n & 1) === 0) p += n >>> 1; // odd: −1, no key
    b = bytes[p++]!;
    n = b & 127;
    for (let shift = 7; b > 127; shift += 7) {
      b = bytes[p++]!;
      n |= (b & 127) << shift;
    }
    const valueEnd = (n & 1) === 0 ? p + (n >>> 1) : p;
    if (end > size || valueEnd >= end || negative === 1 || offset <= before) throw corrupt(batch, i);
    if (offset >= until) {
      p = size;
      break;
    }
    before = offset;
    if (offset >= from) {
      if (textStart < 0) textStart = start;
      for (let j = start; j < p; j++) bytes[j] = BLANK;
      for (let j = valueEnd; j < end; j++) bytes[j] = BLANK;
      offsets[line] = offset;
      recordStarts[line] = start;
      lineEnds[line] = valueEnd;
      valueBytes += valueEnd - p;
      if (bytes[p] !== OPENING_BRACE || p === valueEnd) {
        const fault = (n & 1) === 1 ? NULL_VALUE : faultOf(bytes, p, valueEnd);
        if (fault !== null) {
          const excerpt = bytes.toString('utf8', p, Math.min(valueEnd, p + EXCERPT_BYTES));
          lines.unreadable.push({ line, ...fault, excerpt });
          placeholder(bytes, start, end, lineEnds, line);
        }
      }
      line++;
    }
    p = end;
  }
  if (p !== size) throw miscounted(batch);
  lines.count = line;
  lines.valueBytes += valueBytes;
  return Math.max(textStart, 0);
}

/** The same walk for raw sources, which need nothing but where the records are. */
function findRecords(batch: SliceableBatch, options: SliceOptions, lines: RecordLines): number {
  const bytes = batch.records;
  let before = Number.NEGATIVE_INFINITY;
  let p = 0;
  for (let i = 0; i < batch.recordCount; i++) {
    const start = p;
    const record = readRecordAt(bytes, start);
    const offset = batch.baseOffset + record.offsetDelta;
    if (record.offsetDelta < 0 || record.offsetDelta > INT32_MAX || offset <= before) throw corrupt(batch, i);
    before = offset;
    if (offset >= options.from && offset < options.until) {
      lines.offsets[lines.count] = offset;
      lines.recordStarts[lines.count] = start;
      lines.lineEnds[lines.count] = record.end;
      lines.valueBytes += record.value?.length ?? 0;
      lines.count++;
    }
    p = record.end;
  }
  if (p !== bytes.length) throw miscounted(batch);
  return 0;
}

type Fault = Pick<BadLine, 'reason' | 'detail'>;

const NULL_VALUE: Fault = { reason: 'nullValue', detail: 'the value is null' };
const EMPTY_VALUE: Fault = { reason: 'emptyValue', detail: 'the value is empty' };
const BLANK_VALUE: Fault = { reason: 'emptyValue', detail: 'the value is blank' };
const NOT_OBJECT: Fault = { reason: 'notObject', detail: 'the value is not a JSON object' };

/**
 * Null when the value may be a JSON object after all, with blanks before it. A byte order mark is made a blank: RFC 8259
 * lets a parser ignore it, DuckDB's does so only at the start of a file.
 */
function faultOf(bytes: Buffer, start: number, end: number): Fault | null {
  if (start === end) return EMPTY_VALUE;
  const marked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf && end - start > 3;
  const first = marked ? start + 3 : start;
  if (marked) bytes.fill(BLANK, start, first);
  for (let p = first; p < end; p++) {
    const byte = bytes[p]!;
    if (byte === OPENING_BRACE) return null;
    if (byte !== BLANK && byte !== NEWLINE && byte !== CARRIAGE_RETURN && byte !== 0x09) return NOT_OBJECT;
  }
  return BLANK_VALUE;
}

/** Every record is one line, so a record without an object gets an empty one. A record has at least seven bytes. */
function placeholder(bytes: Buffer, start: number, end: number, lineEnds: Int32Array, line: number): void {
  bytes.fill(BLANK, start, end);
  bytes[start] = OPENING_BRACE;
  bytes[start + 1] = CLOSING_BRACE;
  lineEnds[line] = start + 2;
}

/** Newlines inside of values first (outside of them there is none yet), then the ends of the lines. */
function endLines(text: Buffer, start: number, end: number, firstLine: number, lines: RecordLines): void {
  const region = text.subarray(start, end);
  for (let at = region.indexOf(NEWLINE); at >= 0; at = region.indexOf(NEWLINE, at + 1)) region[at] = CARRIAGE_RETURN;
  const { lineEnds, count } = lines;
  for (let line = firstLine; line < count; line++) text[lineEnds[line]!] = NEWLINE;
}

function corrupt(batch: SliceableBatch, index: number): MillraceError {
  return new MillraceError(
    'CORRUPT_RECORD_BATCH',
    `Record ${index} of the batch at offset ${batch.baseOffset} runs past its end, or is out of order.`,
    { details: { baseOffset: batch.baseOffset, index } },
  );
}

function miscounted({ baseOffset, recordCount }: SliceableBatch): MillraceError {
  return new MillraceError(
    'CORRUPT_RECORD_BATCH',
    `The batch at offset ${baseOffset} does not hold the ${recordCount} records it claims.`,
    { details: { baseOffset, recordCount } },
  );
}

export type RawRecord = {
  timestampDelta: number;
  offsetDelta: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, Buffer | null][];
  end: number;
};

/** 64 bits take at most so many groups of 7. */
const VARINT_BYTES_MAX = 10;

/**
 * One record, whole: the slow way, for what only a few records or raw sources need. Views into `bytes`.
 * CORRUPT_RECORD_BATCH when its parts do not fill it.
 */
export function readRecordAt(bytes: Buffer, start: number): RawRecord {
  let p = start;
  const varint = (): number => {
    let value = 0;
    let factor = 1;
    for (let last = p + VARINT_BYTES_MAX; p < last; factor *= 128) {
      const byte = bytes[p++];
      if (byte === undefined) break;
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw brokenRecord(start);
  };
  const sized = (): Buffer | null => {
    const length = varint();
    if (length < 0) return null;
    p += length;
    if (p > bytes.length) throw brokenRecord(start);
    return bytes.subarray(p - length, p);
  };
  const end = varint() + p;
  if (end < p || end > bytes.length) throw brokenRecord(start);
  p++;
  const timestampDelta = varint();
  const offsetDelta = varint();
  const key = sized();
  const value = sized();
  const headers: [string, Buffer | null][] = [];
  for (let left = varint(); left > 0; left--) headers.push([sized()?.toString() ?? '', sized()]);
  if (p !== end) throw brokenRecord(start);
  return { timestampDelta, offsetDelta, key, value, headers, end };
}

function brokenRecord(start: number): MillraceError {
  return new MillraceError('CORRUPT_RECORD_BATCH', `The record at byte ${start} of its batch does not add up.`);
}
