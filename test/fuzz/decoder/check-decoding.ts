import assert from 'node:assert/strict';
import { MillraceError } from '@millrace/shared/errors';
import { committedBatches, readRecords } from '@millrace/shared/kafka';
import { completeBatches } from '../../../executor/src/read/range-reader-progress.ts';
import { createRecordLines, lineText, type RecordLines, segmentOf } from '../../../executor/src/read/slice-lines.ts';
import { sliceRanges } from '../../../executor/src/read/slice-ranges.ts';
import { readRecordAt } from '../../../executor/src/read/slice-records.ts';

type Seen = { offset: number; key: string | null; value: string | null; headers: [string, string | null][] };
type Outcome<Result> = { ok: true; result: Result } | { ok: false; error: MillraceError };

const REFUSALS = ['CORRUPT_RECORD_BATCH', 'KAFKA_REFUSED'];
const ALL = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/**
 * The hot loop against the slow, whole reader: what that accepts both read alike, in every way a lane can be asked to; what it
 * refuses may be let pass where nobody looks (headers, say), but never with a line out of place. Refusals are Millrace's own.
 */
export function checkDecoding(input: Buffer): void {
  outcomeOf(() => completeBatches(input, Number.POSITIVE_INFINITY));
  // Record sets of aborted transactions go another way.
  const aborted =
    input.length >= 51 && input.length % 4 === 0 ? [{ producerId: input.readBigInt64BE(43), firstOffset: 0 }] : [];
  const expected = outcomeOf(() =>
    [...committedBatches(input, aborted, ALL)].flatMap((batch) =>
      [...readRecords(batch)].map((record) =>
        seen(
          record,
          record.headers.map(({ key, value }) => [key, value] as const),
        ),
      ),
    ),
  );
  for (const makeLines of [true, false]) {
    for (const keepOriginal of [true, false]) {
      const lines = createRecordLines();
      const range = { source: 's', topic: 't', partition: 0, ...ALL, skipped: 0, abortedTransactions: aborted };
      const recordSets = [new Uint8Array(input)];
      const sliced = outcomeOf(() => sliceRanges([{ ...range, recordSets }], { keepOriginal, makeLines }, lines));
      if (expected.ok && !sliced.ok) throw sliced.error;
      if (!sliced.ok) continue;
      if (makeLines) assertInPlace(lines);
      if (!expected.ok) continue;
      if (keepOriginal || !makeLines) assert.deepEqual(recordsOf(lines), expected.result);
      if (makeLines) assertHoldValues(lines, expected.result);
    }
  }
}

function outcomeOf<Result>(decode: () => Result): Outcome<Result> {
  try {
    return { ok: true, result: decode() };
  } catch (error) {
    if (error instanceof MillraceError && REFUSALS.includes(error.code)) return { ok: false, error };
    throw error;
  }
}

type RecordLike = { offset: number; key: Buffer | null; value: Buffer | null };

const textOf = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString('latin1'));

function seen({ offset, key, value }: RecordLike, headers: (readonly [string, Buffer | null])[]): Seen {
  return {
    offset,
    key: textOf(key),
    value: textOf(value),
    headers: headers.map(([name, bytes]) => [name, textOf(bytes)]),
  };
}

function recordsOf(lines: RecordLines): Seen[] {
  return Array.from({ length: lines.count }, (_, line) => {
    const { key, value, headers } = readRecordAt(segmentOf(lines, line).original!, lines.recordStarts[line]!);
    return seen({ offset: lines.offsets[line]!, key, value }, headers);
  });
}

/** As many lines in the file as there are records, each where the table says. */
function assertInPlace(lines: RecordLines): void {
  let newlines = 0;
  for (const { text, textStart, textEnd } of lines.segments) {
    for (let at = text!.indexOf('\n', textStart); at >= 0 && at < textEnd; at = text!.indexOf('\n', at + 1)) newlines++;
  }
  assert.equal(newlines, lines.count, 'lines in the file');
  for (let line = 0; line < lines.count; line++) assert.ok(!lineText(lines, line).includes('\n'), `line ${line}`);
}

function assertHoldValues(lines: RecordLines, records: readonly Seen[]): void {
  assert.equal(lines.count, records.length);
  const unreadable = new Set(lines.unreadable.map(({ line }) => line));
  records.forEach(({ offset, value }, line) => {
    assert.equal(lines.offsets[line], offset);
    const text = lineText(lines, line).toString('latin1').trimStart();
    if (unreadable.has(line)) assert.equal(text, '{}');
    // A byte order mark and newlines are made blanks.
    else
      assert.equal(
        text,
        value!
          .replaceAll('\n', '\r')
          .replace(/^\xef\xbb\xbf/, '')
          .trimStart(),
      );
  });
}
