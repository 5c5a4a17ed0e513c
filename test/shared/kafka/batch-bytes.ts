import { ATTRIBUTE, BATCH, LENGTH_OVERHEAD } from '@millrace/shared/kafka';
import { crc32c } from '@node-rs/crc32';

export type BatchParts = {
  baseOffset: number;
  /** Short values (below 50 bytes), each a record without key; or the payload itself in `records`. */
  values?: string[];
  records?: Buffer;
  attributes?: number;
  producerId?: bigint;
  baseTimestamp?: number;
  maxTimestamp?: number;
};

/** A v2 record batch put together field by field, independently of the writer under test. */
export function batchBytes(parts: BatchParts): Buffer {
  const { baseOffset, values = [''], attributes = 0, producerId = -1n, baseTimestamp = 0 } = parts;
  const records = parts.records ?? Buffer.concat(values.map(plainRecord));
  const count = parts.records ? 1 : values.length;
  const batch = Buffer.alloc(BATCH.records + records.length);
  records.copy(batch, BATCH.records);
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(attributes, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(baseTimestamp), 27);
  batch.writeBigInt64BE(BigInt(parts.maxTimestamp ?? baseTimestamp), 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt32BE(count, 57);
  return seal(batch);
}

/** Writes the checksum over what the batch holds now. */
export function seal(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** The marker that ends a transaction of `producerId`. */
export function markerBytes(baseOffset: number, producerId: bigint, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const value = Buffer.alloc(6);
  const records = record(0, key, value);
  return batchBytes({ baseOffset, records, producerId, attributes: ATTRIBUTE.control | ATTRIBUTE.transactional });
}

function plainRecord(value: string, index: number): Buffer {
  return record(index, null, Buffer.from(value));
}

/** All lengths below 64, so that each varint is one byte. */
function record(offsetDelta: number, key: Buffer | null, value: Buffer): Buffer {
  const keyPart = key === null ? [1] : [key.length * 2, ...key];
  const body = Buffer.from([0, 0, offsetDelta * 2, ...keyPart, value.length * 2, ...value, 0]);
  return Buffer.concat([Buffer.from([body.length * 2]), body]);
}
