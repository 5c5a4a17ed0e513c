import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { MillraceError } from '@millrace/shared/errors';
import { BATCH, batchHeaders, readRecords, recordBatches } from '@millrace/shared/kafka';
import { crc32c } from '@node-rs/crc32';
import { batchBytes, seal } from './batch-bytes.ts';

test('CRC-32C is the Castagnoli polynomial, by its check value', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('a batch written by hand reads field by field', () => {
  // One record: length 14, attributes 0, timestampDelta −3, offsetDelta 0, key "k", value "vv", one header h: null.
  const record = Buffer.from([28, 0, 5, 0, 2, 0x6b, 4, 0x76, 0x76, 2, 2, 0x68, 1]);
  record[0] = (record.length - 1) * 2;
  const set = batchBytes({ baseOffset: 41, records: record, baseTimestamp: 1_700_000_000_000, producerId: 7n });
  const [batch, ...others] = [...recordBatches(set)];
  assert.equal(others.length, 0);
  const { records, start, end, ...header } = batch!;
  assert.deepEqual(header, {
    baseOffset: 41,
    lastOffset: 41,
    baseTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_000,
    recordCount: 1,
    isControl: false,
    isTransactional: false,
    producerId: 7n,
    timestampType: 'create',
    codec: 'none',
  });
  assert.deepEqual([start, end], [0, set.length]);
  assert.deepEqual(records, record);
  assert.deepEqual(
    [...readRecords(batch!)],
    [
      {
        offset: 41,
        timestamp: 1_699_999_999_997,
        key: Buffer.from('k'),
        value: Buffer.from('vv'),
        headers: [{ key: 'h', value: null }],
      },
    ],
  );
});

test('a batch the broker stamped gives every record the time of appending', () => {
  const set = batchBytes({ baseOffset: 0, values: ['a', 'b'], baseTimestamp: 5, maxTimestamp: 99, attributes: 0x08 });
  const [batch] = [...recordBatches(set)];
  assert.equal(batch!.timestampType, 'append');
  assert.deepEqual(
    [...readRecords(batch!)].map((record) => record.timestamp),
    [99, 99],
  );
});

test('whatever is cut off at the end is left out, wherever the cut is', () => {
  const first = batchBytes({ baseOffset: 0, values: ['a'] });
  const second = batchBytes({ baseOffset: 1, values: ['b', 'c'] });
  const set = Buffer.concat([first, second]);
  for (let length = 0; length <= set.length; length++) {
    const complete = length < first.length ? [] : length < set.length ? [0] : [0, 1];
    assert.deepEqual(
      [...recordBatches(set.subarray(0, length))].map((batch) => batch.baseOffset),
      complete,
    );
  }
});

test('a batch reads the same from a Uint8Array in the middle of a larger buffer', () => {
  const set = batchBytes({ baseOffset: 3, values: ['x'] });
  const memory = new Uint8Array(set.length + 8);
  memory.set(set, 8);
  assert.equal([...readRecords([...recordBatches(memory.subarray(8))][0]!)][0]!.value?.toString(), 'x');
});

test('every flipped bit that the checksum covers is found', () => {
  const set = batchBytes({ baseOffset: 12, values: ['value'] });
  for (let position: number = BATCH.crc; position < set.length; position++) {
    const damaged = Buffer.from(set);
    damaged[position]! ^= 0x40;
    assert.throws(() => [...recordBatches(damaged)], isError('CORRUPT_RECORD_BATCH', /offset 12/), `byte ${position}`);
  }
});

const BROKEN: [what: string, set: () => Buffer, code: string, message: RegExp][] = [
  ['format v1', () => patch((set) => set.writeInt8(1, BATCH.magic)), 'KAFKA_REFUSED', /offset 12 have format v1/],
  [
    'a length that cannot be',
    () => patch((set) => set.writeInt32BE(3, BATCH.length)),
    'CORRUPT_RECORD_BATCH',
    /3 bytes/,
  ],
  ['gzip that is none', () => packedBy(1), 'CORRUPT_RECORD_BATCH', /gzip/],
  ['snappy that is none', () => packedBy(2), 'CORRUPT_RECORD_BATCH', /snappy/],
  ['lz4 that is none', () => packedBy(3), 'CORRUPT_RECORD_BATCH', /lz4/],
  ['zstd that is none', () => packedBy(4), 'CORRUPT_RECORD_BATCH', /zstd/],
  ['codec 6', () => packedBy(6), 'CORRUPT_RECORD_BATCH', /codec 6/],
  ['a zstd bomb', zstdBomb, 'CORRUPT_RECORD_BATCH', /does not decompress/],
  [
    'more records than bytes',
    () => patch((set) => set.writeInt32BE(9, BATCH.recordCount)),
    'CORRUPT_RECORD_BATCH',
    /offset 12/,
  ],
];

for (const [what, set, code, message] of BROKEN) {
  test(`${what} is ${code}`, () => {
    const read = () => [...recordBatches(set())].map((batch) => [...readRecords(batch)]);
    assert.throws(read, isError(code, message));
  });
}

test('headers alone are read without verifying, so that batches outside a range cost nothing', () => {
  const set = batchBytes({ baseOffset: 12, values: ['a'] });
  set[set.length - 1]! ^= 1;
  assert.deepEqual(
    [...batchHeaders(set)].map((header) => header.baseOffset),
    [12],
  );
});

/** Plain records under attributes that say they are packed. */
function packedBy(attributes: number): Buffer {
  return batchBytes({ baseOffset: 12, values: ['a'], attributes });
}

function patch(change: (set: Buffer) => void): Buffer {
  const set = batchBytes({ baseOffset: 12, values: ['a'] });
  change(set);
  return seal(set);
}

function zstdBomb(): Buffer {
  return batchBytes({ baseOffset: 12, records: zstdCompressSync(Buffer.alloc(257 * 1024 * 1024)), attributes: 4 });
}

function isError(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof MillraceError && error.code === code && message.test(error.message);
}
