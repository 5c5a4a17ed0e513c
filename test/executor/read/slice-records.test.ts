import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordBatches } from '@millrace/shared/kafka';
import { createRecordLines, lineText, type RecordLines } from '../../../executor/src/read/slice-lines.ts';
import { readRecordAt, sliceRecords } from '../../../executor/src/read/slice-records.ts';
import { batchBytes, seal } from '../../shared/kafka/batch-bytes.ts';
import { recordSet, type TestRecord } from '../lanes/lane-fixture.ts';

const ALL = { from: 0, until: Number.POSITIVE_INFINITY };

function slice(
  records: TestRecord[],
  options: Partial<Parameters<typeof sliceRecords>[1]> = {},
  baseOffset = 0,
): RecordLines {
  const lines = createRecordLines();
  const set = Buffer.from(recordSet(records, { perBatch: 4, baseOffset, headers: { h: 'line\nbreak' } }));
  for (const batch of recordBatches(set))
    sliceRecords(batch, { ...ALL, keepOriginal: false, makeLines: true, ...options }, lines);
  return lines;
}

const file = (lines: RecordLines) =>
  lines.segments.map(({ text, textStart, textEnd }) => text!.toString('utf8', textStart, textEnd)).join('');
const trimmed = (lines: RecordLines) =>
  file(lines)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trim());

const LONG = `{"a":"${'é'.repeat(5_000)}"}`;

const lineCases: { name: string; value: TestRecord['value']; line: string; reason?: string }[] = [
  { name: 'an object is a line as it is', value: '{"a":1}', line: '{"a":1}' },
  { name: 'a long one too', value: LONG, line: LONG },
  { name: 'blanks before it do no harm', value: ' \t{"a":1}', line: '{"a":1}' },
  { name: 'a newline inside ends no line', value: '{"a":\n1}', line: '{"a":\r1}' },
  { name: 'null has an empty object in its place', value: null, line: '{}', reason: 'nullValue' },
  { name: 'nothing too', value: '', line: '{}', reason: 'emptyValue' },
  { name: 'blanks too', value: '\n \r\n', line: '{}', reason: 'emptyValue' },
  { name: 'a number too', value: '1', line: '{}', reason: 'notObject' },
  { name: 'an array too', value: '[{"a":1}]', line: '{}', reason: 'notObject' },
];

for (const { name, value, line, reason } of lineCases) {
  test(name, () => {
    const lines = slice([{ value: '{"before":1}' }, { key: 'a key', value }, { key: '', value: '{"after":1}' }]);
    assert.deepEqual(trimmed(lines), ['{"before":1}', line, '{"after":1}']);
    assert.deepEqual(
      lines.unreadable.map((bad) => [bad.line, bad.reason]),
      reason ? [[1, reason]] : [],
    );
  });
}

test('lines, offsets and texts agree over many batches', () => {
  const records = Array.from({ length: 23 }, (_, i) => ({ key: i % 3 ? `k${i}` : null, value: `{"i":${i}}` }));
  const lines = slice(records, {}, 1_000);
  assert.equal(lines.count, 23);
  for (let i = 0; i < 23; i++) {
    assert.equal(lines.offsets[i], 1_000 + i);
    assert.equal(lineText(lines, i).toString().trim(), `{"i":${i}}`);
  }
  assert.equal(
    lines.valueBytes,
    records.reduce((sum, { value }) => sum + value.length, 0),
  );
});

const bounds: [from: number, until: number][] = [
  [0, 10],
  [3, 7],
  [4, 8],
  [9, 10],
  [0, 1],
  [5, 5],
  [10, 20],
];
for (const [from, until] of bounds) {
  test(`offsets [${from}, ${until}) of ten`, () => {
    const lines = slice(
      Array.from({ length: 10 }, (_, i) => ({ value: `{"i":${i}}` })),
      { from, until },
    );
    const expected = Array.from({ length: 10 }, (_, i) => i).filter((i) => i >= from && i < until);
    assert.deepEqual(
      trimmed(lines),
      expected.map((i) => `{"i":${i}}`),
    );
    assert.deepEqual([...lines.offsets.subarray(0, lines.count)], expected);
  });
}

test('the original is kept where it is asked for, and only there', () => {
  const records = [
    { key: 'k0', value: '{"i":0}' },
    { key: null, value: 'bad' },
  ];
  const kept = slice(records, { keepOriginal: true });
  const read = [0, 1].map((line) => readRecordAt(kept.segments[0]!.original!, kept.recordStarts[line]!));
  assert.deepEqual(
    read.map(({ key, value }) => [key?.toString() ?? null, value?.toString()]),
    [
      ['k0', '{"i":0}'],
      [null, 'bad'],
    ],
  );
  assert.deepEqual(read[0]!.headers, [['h', Buffer.from('line\nbreak')]]);
  assert.deepEqual(trimmed(kept), ['{"i":0}', '{}']);
  assert.equal(slice(records).segments[0]!.original, null);
});

test('a batch whose lengths do not add up is corrupt', () => {
  const [batch] = recordBatches(Buffer.from(recordSet([{ value: '{"a":1}' }])));
  const records = Buffer.from(batch!.records);
  records[5] = 120; // the length of the value
  for (const keepOriginal of [true, false]) {
    assert.throws(
      () =>
        sliceRecords(
          { ...batch!, records: Buffer.from(records) },
          { ...ALL, keepOriginal, makeLines: true },
          createRecordLines(),
        ),
      { code: 'CORRUPT_RECORD_BATCH' },
    );
  }
});

const PLAIN = { baseOffset: 0, values: ['{"a":1}', '{"a":2}'] };

function slicesAs(change: (batch: Buffer) => void, makeLines: boolean): () => void {
  const set = batchBytes(PLAIN);
  change(set);
  const [batch] = recordBatches(seal(set));
  return () => sliceRecords(batch!, { ...ALL, keepOriginal: false, makeLines }, createRecordLines());
}

const LIES: [what: string, change: (batch: Buffer) => void][] = [
  ['fewer records than there are', (batch) => batch.writeInt32BE(1, 57)],
  ['more records than there are', (batch) => batch.writeInt32BE(3, 57)],
  ['more records than memory holds', (batch) => batch.writeInt32BE(2 ** 31 - 1, 57)],
  ['less than no records', (batch) => batch.writeInt32BE(-1, 57)],
  ['a record of less than no bytes', (batch) => batch.writeUInt8(0x01, 61)],
  ['a number without an end', (batch) => batch.fill(0xff, 61)],
  ['the second record before the first', (batch) => batch.writeUInt8(4, 64)],
  ['a negative offset', (batch) => batch.writeUInt8(1, 64)],
];

for (const [what, change] of LIES) {
  test(`a batch that claims ${what} is corrupt, as lines and as it is`, () => {
    for (const makeLines of [true, false]) assert.throws(slicesAs(change, makeLines), { code: 'CORRUPT_RECORD_BATCH' });
  });
}
