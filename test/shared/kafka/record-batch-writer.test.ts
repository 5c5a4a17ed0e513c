import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import {
  createRecordBatchWriter,
  type RecordBatchWriter,
  readRecords,
  recordBatches,
  type WriteCodec,
} from '@millrace/shared/kafka';

const require = createRequire(import.meta.url);

type Plain = { key: Buffer | null; value: Buffer | null };

const OPTIONS = { compression: 'none', bytesMax: 1_000_000, headers: {}, timestampMs: 1_700_000_000_123 } as const;

/** Lengths on both sides of every varint size and of the copy loop. */
const LENGTHS = [0, 1, 15, 16, 17, 62, 63, 64, 65, 127, 128, 8_190, 8_191, 8_192, 8_193, 70_000];

for (const compression of ['none', 'gzip', 'zstd'] satisfies WriteCodec[]) {
  test(`${compression}: what is written is read back, keys, tombstones and headers included`, () => {
    const writer = createRecordBatchWriter({ ...OPTIONS, compression, headers: { job: 'spend', ünïcode: '' } });
    const records = LENGTHS.flatMap((length): Plain[] => [
      { key: null, value: text(length) },
      { key: text(length), value: null },
      { key: text(length), value: text(length + 1) },
    ]);
    appendAll(writer, records);
    const { batches, records: count, bytes } = writer.finish();
    assert.equal(count, records.length);
    assert.equal(
      bytes,
      batches.reduce((sum, batch) => sum + batch.byteLength, 0),
    );
    const read = readAll(batches);
    assert.deepEqual(
      read.map(({ key, value }) => ({ key, value })),
      records,
    );
    for (const { timestamp, headers } of read) {
      assert.equal(timestamp, OPTIONS.timestampMs);
      assert.deepEqual(headers, [
        { key: 'job', value: Buffer.from('spend') },
        { key: 'ünïcode', value: Buffer.alloc(0) },
      ]);
    }
  });
}

test('batches are cut below the limit and number their records from 0', () => {
  const writer = createRecordBatchWriter({ ...OPTIONS, bytesMax: 1_000 });
  appendAll(
    writer,
    Array.from({ length: 200 }, (_, index) => ({ key: null, value: text(index) })),
  );
  const { batches } = writer.finish();
  assert.ok(batches.length > 20);
  for (const batch of batches) {
    assert.ok(batch.byteLength <= 1_000);
    const offsets = readAll([batch]).map((record) => record.offset);
    assert.deepEqual(
      offsets,
      offsets.map((_, index) => index),
    );
  }
});

test('a batch is filled to the last byte of the limit', () => {
  const one = createRecordBatchWriter(OPTIONS);
  appendAll(one, [
    { key: null, value: text(100) },
    { key: null, value: text(100) },
  ]);
  const bytesMax = one.finish().bytes;
  for (const [limit, batches] of [
    [bytesMax, 1],
    [bytesMax - 1, 2],
  ] as const) {
    const writer = createRecordBatchWriter({ ...OPTIONS, bytesMax: limit });
    appendAll(writer, [
      { key: null, value: text(100) },
      { key: null, value: text(100) },
    ]);
    assert.equal(writer.finish().batches.length, batches);
  }
});

test('the record that starts a new batch counts its length with offset delta 0', () => {
  // Above 64 records the delta takes two bytes, in a new batch one again: the length must follow.
  const writer = createRecordBatchWriter({ ...OPTIONS, bytesMax: 10_000 });
  const records = Array.from({ length: 2_000 }, (_, index) => ({ key: text(3), value: text(index % 50) }));
  appendAll(writer, records);
  assert.deepEqual(
    readAll(writer.finish().batches).map(({ key, value }) => ({ key, value })),
    records,
  );
});

test('a record above the limit is RECORD_TOO_LARGE, unless it compresses below it', () => {
  const large = [{ key: null, value: text(5_000) }];
  const plain = createRecordBatchWriter({ ...OPTIONS, bytesMax: 1_000 });
  appendAll(plain, large);
  assert.throws(
    () => plain.finish(),
    (error) => error instanceof MillraceError && error.code === 'RECORD_TOO_LARGE',
  );
  const packed = createRecordBatchWriter({ ...OPTIONS, bytesMax: 1_000, compression: 'zstd' });
  appendAll(packed, large);
  assert.equal(readAll(packed.finish().batches).length, 1);
});

test('data that does not compress is sent as it is', () => {
  const noise = Buffer.concat(
    Array.from({ length: 20 }, (_, index) => createHash('sha512').update(`${index}`).digest()),
  );
  const writer = createRecordBatchWriter({ ...OPTIONS, compression: 'gzip' });
  writer.append(null, 0, 0, noise, 0, noise.length);
  const [batch] = recordBatches(Buffer.from(writer.finish().batches[0]!));
  assert.equal(batch!.codec, 'none');
});

test('finish empties the writer, and an empty one has no batches', () => {
  const writer = createRecordBatchWriter(OPTIONS);
  assert.deepEqual(writer.finish(), { batches: [], records: 0, bytes: 0 });
  appendAll(writer, [{ key: null, value: text(1) }]);
  assert.equal(writer.finish().records, 1);
  assert.deepEqual(writer.finish(), { batches: [], records: 0, bytes: 0 });
});

test('keys and values are copied at once, from anywhere in their buffers', () => {
  const writer = createRecordBatchWriter(OPTIONS);
  const source = Buffer.from('--key-value--');
  writer.append(source, 2, 5, source, 6, 11);
  source.fill(0);
  const [record] = readAll(writer.finish().batches);
  assert.deepEqual([record!.key?.toString(), record!.value?.toString()], ['key', 'value']);
});

test('kafkajs reads what is written', async () => {
  const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<KafkajsBatch>;
  const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => { forward(bytes: number): void };
  const writer = createRecordBatchWriter({ ...OPTIONS, headers: { h: 'x' }, compression: 'gzip' });
  appendAll(
    writer,
    Array.from({ length: 100 }, (_, index) => ({ key: text(index % 7), value: text(index * 3) })),
  );
  const batch = await decode(new Decoder(Buffer.from(writer.finish().batches[0]!)));
  assert.equal(batch.records.length, 100);
  for (const [index, record] of batch.records.entries()) {
    assert.equal(record.offset, String(index));
    assert.equal(record.timestamp, String(OPTIONS.timestampMs));
    assert.deepEqual([record.key, record.value], [text(index % 7), text(index * 3)]);
    assert.equal(record.headers.h?.toString(), 'x');
  }
});

test('what kafkajs writes is read', async () => {
  const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch(options: object): Promise<{ buffer: Buffer }>;
  };
  const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (options: object) => object;
  const records = Array.from({ length: 300 }, (_, index) =>
    Record({
      offsetDelta: index,
      timestampDelta: index * 1e9,
      key: `k${index}`,
      value: index % 3 ? 'v'.repeat(index) : null,
      headers: { a: ['1', '2'] },
    }),
  );
  const encoded = await RecordBatch({
    compression: 1,
    firstTimestamp: 1_000,
    maxTimestamp: 3e11,
    partitionLeaderEpoch: 0,
    lastOffsetDelta: 299,
    records,
  });
  const read = readAll([encoded.buffer]);
  assert.equal(read.length, 300);
  for (const [index, record] of read.entries()) {
    assert.equal(record.timestamp, 1_000 + index * 1e9);
    assert.equal(record.key?.toString(), `k${index}`);
    assert.equal(record.value?.toString(), index % 3 ? 'v'.repeat(index) : undefined);
    assert.deepEqual(
      record.headers.map(({ key, value }) => [key, value?.toString()]),
      [
        ['a', '1'],
        ['a', '2'],
      ],
    );
  }
});

type KafkajsBatch = {
  records: { offset: string; timestamp: string; key: Buffer; value: Buffer; headers: { [name: string]: Buffer } }[];
};

function text(length: number): Buffer {
  return Buffer.alloc(length, 'millrace ');
}

function appendAll(writer: RecordBatchWriter, records: readonly Plain[]): void {
  for (const { key, value } of records) writer.append(key, 0, key?.length ?? 0, value, 0, value?.length ?? 0);
}

function readAll(batches: readonly (ArrayBuffer | Buffer)[]) {
  return batches.flatMap((batch) =>
    [...recordBatches(Buffer.isBuffer(batch) ? batch : Buffer.from(batch))].flatMap((one) => [...readRecords(one)]),
  );
}
