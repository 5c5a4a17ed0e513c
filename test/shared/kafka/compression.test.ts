import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readRecords, recordBatches } from '@millrace/shared/kafka';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { decompress } from '../../../shared/src/kafka/compression.ts';

/**
 * Record sets as Kafka 4.1's Java producer wrote them, by codec, base64: 200 records, of which record i has the key k<i>
 * (none where 3 divides i) and a value of some 400 letters (null where 11 divides i).
 */
const JAVA = JSON.parse(readFileSync(new URL('java-batches.json', import.meta.url), 'utf8')) as Record<string, string>;
const TEXT = Array.from({ length: 40 }, (_, i) => `abcdefghij${i % 7}`).join('');

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
  test(`${codec} as the Java client writes it`, () => {
    const batches = [...recordBatches(Buffer.from(JAVA[codec]!, 'base64'))];
    assert.ok(batches.every((batch) => batch.codec === codec));
    const records = batches.flatMap((batch) => [...readRecords(batch)]);
    assert.deepEqual(
      records.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null]),
      Array.from({ length: 200 }, (_, i) => [
        i % 3 === 0 ? null : `k${i}`,
        i % 11 === 0 ? null : `${TEXT.slice(i % 50)}${i}`,
      ]),
    );
  });
}

const PLAIN = Buffer.from('some text, some more text, and some more text again. '.repeat(5_000));

test('snappy as one block, the way other clients write it', () => {
  assert.deepEqual(decompress('snappy', compressSync(PLAIN) as Buffer), PLAIN);
  assert.deepEqual(decompress('snappy', compressSync(Buffer.alloc(0)) as Buffer), Buffer.alloc(0));
});

test('lz4 frames with and without checksums', () => {
  for (const options of [{}, { contentChecksum: true, blockChecksums: true }]) {
    assert.deepEqual(decompress('lz4', compressFrameSync(PLAIN, options)), PLAIN);
  }
});

test('what would exceed the limit is refused before it is unpacked', () => {
  const limit = PLAIN.length - 1;
  assert.throws(() => decompress('snappy', compressSync(PLAIN) as Buffer, limit), /more than/);
  assert.throws(() => decompress('lz4', compressFrameSync(PLAIN), limit), /more than/);
  assert.throws(() => decompress('gzip', gzipSync(PLAIN), limit), /larger than/);
  assert.throws(() => decompress('zstd', zstdCompressSync(PLAIN), limit), /larger than/);
  const claims = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(20)]);
  assert.throws(() => decompress('snappy', claims), /more than/);
});

test('bytes that are no snappy or lz4, or are cut off, are an error and nothing worse', () => {
  const snappy = compressSync(PLAIN) as Buffer;
  const lz4 = compressFrameSync(PLAIN);
  for (let length = 0; length < 200; length++) {
    assert.throws(() => decompress('snappy', snappy.subarray(0, length)), `snappy, ${length} bytes`);
    assert.throws(() => decompress('lz4', lz4.subarray(0, length)), `lz4, ${length} bytes`);
  }
});
