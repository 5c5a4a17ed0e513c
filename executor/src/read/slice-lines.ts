import type { Buffer } from 'node:buffer';
import type { BadRecordReason } from '../lanes/messages.ts';

/**
 * What slicing found, line by line: line i of the scratch file is row i of the source relation. Columns grow together
 * and are kept from task to task, so that a batch allocates nothing.
 */
export type RecordLines = {
  count: number;
  /** Kafka offset of each line's record. */
  offsets: Float64Array;
  /** Where the record starts in `original` of its segment. */
  recordStarts: Int32Array;
  /** Where its line ends (the newline) in `text` of its segment. */
  lineEnds: Int32Array;
  segments: Segment[];
  ranges: RangeLines[];
  /** Records that need no parser to be known as bad; their line is `{}`. In order of lines. */
  unreadable: BadLine[];
  /** Lines of records without a value, where that is no fault: see takeTombstones. */
  tombstones: number[];
  /** Bytes of record values. */
  valueBytes: number;
};

/** A line whose record is bad, and why: for programs, for people, and what it looks like. */
export type BadLine = { line: number; reason: BadRecordReason; detail: string; excerpt: string };

/** The lines that came from one record batch. */
export type Segment = {
  firstLine: number;
  untilLine: number;
  /** The records as they were; null when they have been overwritten by the lines. */
  original: Buffer | null;
  baseTimestamp: number;
  /** Timestamps are the broker's, one for the batch, rather than each record's own. */
  logAppendTime: number | null;
  /** Buffer that holds the lines; [textStart, textEnd) goes to the file. Null in a raw source, which has no lines. */
  text: Buffer | null;
  textStart: number;
  textEnd: number;
};

export type RangeLines = { source: string; topic: string; partition: number; firstLine: number; untilLine: number };

/** Room for this many lines at first; it doubles. */
const CAPACITY_INITIAL = 1 << 14;

export function createRecordLines(): RecordLines {
  return {
    count: 0,
    offsets: new Float64Array(CAPACITY_INITIAL),
    recordStarts: new Int32Array(CAPACITY_INITIAL),
    lineEnds: new Int32Array(CAPACITY_INITIAL),
    segments: [],
    ranges: [],
    unreadable: [],
    tombstones: [],
    valueBytes: 0,
  };
}

export function clearRecordLines(lines: RecordLines): void {
  lines.count = 0;
  lines.segments = [];
  lines.ranges = [];
  lines.unreadable = [];
  lines.tombstones = [];
  lines.valueBytes = 0;
}

export function reserveLines(lines: RecordLines, more: number): void {
  const needed = lines.count + more;
  if (needed <= lines.offsets.length) return;
  const capacity = Math.max(needed, lines.offsets.length * 2);
  const grown = {
    offsets: new Float64Array(capacity),
    recordStarts: new Int32Array(capacity),
    lineEnds: new Int32Array(capacity),
  };
  grown.offsets.set(lines.offsets.subarray(0, lines.count));
  grown.recordStarts.set(lines.recordStarts.subarray(0, lines.count));
  grown.lineEnds.set(lines.lineEnds.subarray(0, lines.count));
  Object.assign(lines, grown);
}

/** Of a source of changes a record without a value says that its row is gone, or what has been said already. */
export function takeTombstones(lines: RecordLines): void {
  const isTombstone = ({ reason }: BadLine) => reason === 'nullValue';
  lines.tombstones = lines.unreadable.filter(isTombstone).map(({ line }) => line);
  lines.unreadable = lines.unreadable.filter((bad) => !isTombstone(bad));
}

export function segmentOf(lines: RecordLines, line: number): Segment {
  let low = 0;
  let high = lines.segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines.segments[middle]!.firstLine <= line) low = middle;
    else high = middle - 1;
  }
  return lines.segments[low]!;
}

export function rangeOf(lines: RecordLines, line: number): RangeLines {
  return lines.ranges.find((range) => line >= range.firstLine && line < range.untilLine)!;
}

/** The text of a line, with blanks before it. A view while the segment lives. */
export function lineText(lines: RecordLines, line: number): Buffer {
  const segment = segmentOf(lines, line);
  const start = line === segment.firstLine ? segment.textStart : lines.lineEnds[line - 1]! + 1;
  return segment.text!.subarray(start, lines.lineEnds[line]!);
}

/** Of a bad record that an error shows. Bytes are those of as many characters at most, and one more. */
const EXCERPT_CHARACTERS = 80;
const EXCERPT_BYTES = 4 * (EXCERPT_CHARACTERS + 1);
const BLANK = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** What a person recognises a line by. */
export function excerptOf(lines: RecordLines, line: number): string {
  const text = lineText(lines, line);
  const start = text.findIndex((byte) => byte !== BLANK);
  const shown = text.toString('utf8', start, start + EXCERPT_BYTES).trim();
  return shown.length > EXCERPT_CHARACTERS ? `${shown.slice(0, EXCERPT_CHARACTERS)}…` : shown;
}

/** Makes empty objects of bad lines, in memory; a file that holds them already is to be written again. */
export function blankLines(lines: RecordLines, bad: readonly BadLine[]): void {
  for (const { line } of bad) {
    const text = lineText(lines, line).fill(BLANK);
    text[0] = OPENING;
    text[text.length - 1] = CLOSING;
  }
}
