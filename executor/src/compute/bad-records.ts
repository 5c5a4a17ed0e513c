import { MillraceError } from '@millrace/shared/errors';
import type { BadRecord } from '../lanes/messages.ts';
import type { LineFile } from '../read/slice-file.ts';
import { lineText, type RecordLines, rangeOf, segmentOf } from '../read/slice-lines.ts';
import { readRecordAt } from '../read/slice-records.ts';
import { timestampOfRecord } from './record-metadata.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteText } from './sql-text.ts';

/** Bad records one task may hand back; more means that the source is not what the spec says, and memory is finite. */
export const BAD_RECORDS_PER_TASK_MAX = 10_000;

/** Characters of a bad record that an error shows. */
const EXCERPT_CHARACTERS = 80;

export type BadLine = { line: number; reason: string; excerpt: string };

const GUARD = Buffer.from('\n{}\n');
const OPENING = 0x7b;
const CLOSING = 0x7d;
const BLANK = 0x20;

/**
 * Which of `suspects` (rows that came out all NULL) are malformed rather than objects without the wanted fields, by
 * the same parser that read them. `swallowed` is true when a good line lost its row to the malformed one before it:
 * read_json does that after a line like `{"a":`. Then the bad lines must be blanked and the file read again.
 */
export async function findMalformed(
  session: SqlSession,
  file: LineFile,
  lines: RecordLines,
  suspects: readonly number[],
): Promise<{ malformed: BadLine[]; swallowed: boolean }> {
  if (suspects.length === 0) return { malformed: [], swallowed: false };
  // Each suspect is followed by a line that may be swallowed.
  file.write(suspects.flatMap((line) => [lineText(lines, line), GUARD]));
  const rows = await session.rows(
    `SELECT json IS NULL FROM read_json_objects(${quoteText(file.path)}, format = 'newline_delimited', ignore_errors = true)`,
  );
  if (rows.length !== suspects.length * 2)
    throw new MillraceError('INTERNAL', 'Lines were lost while looking for bad records.');
  const bad = suspects.filter((_, index) => rows[index * 2]?.[0] === true);
  const known = new Set(bad);
  const swallowed = suspects.some((line) => !known.has(line) && known.has(line - 1));
  return { malformed: bad.map((line) => badLine(line, lineText(lines, line))), swallowed };
}

function badLine(line: number, text: Buffer): BadLine {
  const shown = text.toString('utf8').trim();
  const excerpt = shown.length > EXCERPT_CHARACTERS ? `${shown.slice(0, EXCERPT_CHARACTERS)}…` : shown;
  return { line, reason: reasonOf(text), excerpt };
}

/** JSON.parse explains better than DuckDB; where it is the more lenient of the two, there is less to say. */
function reasonOf(text: Buffer): string {
  try {
    JSON.parse(text.toString());
    return 'not valid JSON (invalid UTF-8, a lone surrogate, or a number out of range)';
  } catch (error) {
    return error instanceof Error ? error.message : 'not valid JSON';
  }
}

/** Makes empty objects of bad lines, in memory; the file is to be written again. */
export function blankLines(lines: RecordLines, bad: readonly BadLine[]): void {
  for (const { line } of bad) {
    const text = lineText(lines, line).fill(BLANK);
    text[0] = OPENING;
    text[text.length - 1] = CLOSING;
  }
}

/** The bad records as they were. Lines are used where the original is gone, which only the policy `fail` allows. */
export function describeBadRecords(lines: RecordLines, bad: readonly BadLine[]): BadRecord[] {
  return bad.map(({ line, reason }) => {
    const segment = segmentOf(lines, line);
    const { source, topic, partition } = rangeOf(lines, line);
    const record = segment.original && readRecordAt(segment.original, lines.recordStarts[line]!);
    return {
      source,
      topic,
      partition,
      offset: lines.offsets[line]!,
      timestampMs: record ? timestampOfRecord(segment, record) : segment.baseTimestamp,
      reason,
      key: record?.key ? Uint8Array.from(record.key) : null,
      value: record?.value ? Uint8Array.from(record.value) : null,
    };
  });
}

export function tooManyBadRecords(source: string, count: number): MillraceError {
  return new MillraceError(
    'BAD_RECORD',
    `${count} records of ${source} in one task could not be read; more than ${BAD_RECORDS_PER_TASK_MAX} are not set aside.`,
    { hint: 'Check the format of the source, or use onBadRecord: drop.', details: { source, count } },
  );
}

export function badRecordError(lines: RecordLines, { line, reason, excerpt }: BadLine): MillraceError {
  const { source, topic, partition } = rangeOf(lines, line);
  const offset = lines.offsets[line]!;
  const shown = excerpt === '' ? '' : `: ${excerpt}`;
  return new MillraceError(
    'BAD_RECORD',
    `${topic}/${partition} at offset ${offset} cannot be read (${reason})${shown}`,
    {
      hint: 'To go on without such records set onBadRecord of the source to drop or deadLetter, then: millrace restart <job> --spec <file>.',
      details: { source, topic, partition, offset, reason },
    },
  );
}
