import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeBatches } from '../../../executor/src/read/range-reader-progress.ts';
import { createRecordLines } from '../../../executor/src/read/slice-lines.ts';
import { sliceRanges } from '../../../executor/src/read/slice-ranges.ts';
import { range, recordSet } from '../lanes/lane-fixture.ts';

const GOOD = [{ value: '{"a":1}' }, { value: '{"a":2}' }, { value: '{"a":3}' }];

/** A partition that is all right, and one with these bytes. */
function slice(broken: Uint8Array<ArrayBuffer>): () => void {
  const ranges = [range(GOOD), range(GOOD, { topic: 'clicks', partition: 7, from: 40, recordSets: [broken] })];
  return () => sliceRanges(ranges, { keepOriginal: false, makeLines: true }, createRecordLines());
}

test('a corrupt batch is named by topic, partition and base offset', () => {
  const set = recordSet(GOOD, { baseOffset: 40, perBatch: 3 });
  set[set.length - 3]! ^= 0x20;
  assert.throws(slice(set), {
    code: 'CORRUPT_RECORD_BATCH',
    message: /^clicks\/7: The record batch at offset 40 is corrupt: its CRC-32C/,
    details: { topic: 'clicks', partition: 7, baseOffset: 40 },
  });
});

/** A message as Kafka 0.10 wrote it and brokers before 4.0 still send: offset, size, CRC, magic, attributes, timestamp, key, value. */
function oldMessage(magic: 0 | 1, offset: number): Buffer {
  const body = Buffer.from([
    magic,
    0,
    ...(magic === 1 ? Buffer.alloc(8) : []),
    255,
    255,
    255,
    255,
    0,
    0,
    0,
    2,
    0x7b,
    0x7d,
  ]);
  const head = Buffer.alloc(16);
  head.writeBigInt64BE(BigInt(offset), 0);
  head.writeInt32BE(body.length + 4, 8);
  return Buffer.concat([head, body]);
}

for (const magic of [0, 1] as const) {
  test(`messages of format v${magic} are refused and named, however few they are`, () => {
    for (const count of [1, 2, 20]) {
      const set = new Uint8Array(
        Buffer.concat(Array.from({ length: count }, (_, index) => oldMessage(magic, 40 + index))),
      );
      assert.deepEqual(completeBatches(set, 90), { bytes: set.length, next: 90 }, 'handed on, to be refused');
      assert.throws(slice(set), {
        code: 'KAFKA_REFUSED',
        message: new RegExp(`^clicks/7: The messages at offset 40 have format v${magic}, not v2`),
        hint: /Copy the topic with a current producer/,
        details: { topic: 'clicks', partition: 7, baseOffset: 40, magic },
      });
    }
  });
}

test('a batch whose length cannot be is handed on, to be named', () => {
  const set = recordSet(GOOD, { baseOffset: 40, perBatch: 3 });
  new DataView(set.buffer).setInt32(8, -5);
  assert.deepEqual(completeBatches(set, 90), { bytes: set.length, next: 90 });
  assert.throws(slice(set), { code: 'CORRUPT_RECORD_BATCH', message: /clicks\/7: .*length field says -5 bytes/ });
});
