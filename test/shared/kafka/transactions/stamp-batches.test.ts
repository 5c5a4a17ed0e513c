import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ATTRIBUTE,
  BATCH,
  createRecordBatchWriter,
  readBatchHeader,
  stampBatches,
  verifyChecksum,
} from '@millrace/shared/kafka';

/** Long enough for gzip to gain by it. */
const VALUE = Buffer.from('value '.repeat(50));
const IDENTITY = { producerId: 2n ** 40n, producerEpoch: 7 };

function batchOf(records: number): Buffer {
  const writer = createRecordBatchWriter({ compression: 'gzip', bytesMax: 10_000, headers: {}, timestampMs: 5 });
  for (let index = 0; index < records; index++) writer.append(null, 0, 0, VALUE, 0, VALUE.length);
  return Buffer.from(writer.finish().batches[0]!);
}

test('batches become part of the transaction, numbered on, with a checksum that holds', () => {
  const batches = [batchOf(3), batchOf(2)];
  assert.equal(stampBatches(batches, IDENTITY), 5);
  for (const batch of batches) {
    const header = readBatchHeader(batch, 0)!;
    verifyChecksum(batch, header);
    assert.equal(header.isTransactional, true);
    assert.equal(header.codec, 'gzip');
    assert.equal(header.producerId, IDENTITY.producerId);
    assert.equal(batch.readInt16BE(BATCH.producerEpoch), 7);
  }
  assert.deepEqual(
    batches.map((batch) => batch.readInt32BE(BATCH.baseSequence)),
    [0, 3],
  );
  assert.equal(stampBatches([batchOf(1)], IDENTITY, 5), 6);
});

test('what a broker wrote into a batch goes', () => {
  const batch = batchOf(1);
  batch.writeBigInt64BE(77n, BATCH.baseOffset);
  batch.writeInt16BE(batch.readInt16BE(BATCH.attributes) | ATTRIBUTE.logAppendTime, BATCH.attributes);
  stampBatches([batch], IDENTITY);
  const header = readBatchHeader(batch, 0)!;
  assert.equal(header.baseOffset, 0);
  assert.equal(header.timestampType, 'create');
});
