import { crc32c } from '@node-rs/crc32';
import { MillraceError } from '../errors/index.ts';
import { ATTRIBUTE, BATCH, CODECS, type Codec, LENGTH_OVERHEAD, MAGIC_V2 } from './record-layout.ts';

/** What the first 61 bytes of a record batch say. Offsets are absolute, timestamps ms. */
export type BatchHeader = {
  baseOffset: number;
  /** Of the batch as it was written; after compaction the record itself may be gone. */
  lastOffset: number;
  baseTimestamp: number;
  maxTimestamp: number;
  recordCount: number;
  /** Holds a transaction marker, no data. */
  isControl: boolean;
  isTransactional: boolean;
  /** −1n: none. */
  producerId: bigint;
  /** `append`: the broker stamped the batch and every record has maxTimestamp. */
  timestampType: 'create' | 'append';
  codec: Codec;
  /** Position and size in the record set. */
  start: number;
  end: number;
};

/**
 * The header of the batch at `start`, or null when the set ends before the batch does (a broker cuts the last one).
 * Nothing is verified yet but the format: KAFKA_REFUSED for messages of formats v0 and v1, CORRUPT_RECORD_BATCH for a
 * length that cannot be.
 */
export function readBatchHeader(set: Buffer, start: number): BatchHeader | null {
  if (start + BATCH.magic + 1 > set.length) return null;
  const baseOffset = Number(set.readBigInt64BE(start + BATCH.baseOffset));
  requireMagic(set.readInt8(start + BATCH.magic), baseOffset);
  if (baseOffset < 0 || !Number.isSafeInteger(baseOffset)) throw corrupt(baseOffset, 'that is no offset');
  const length = set.readInt32BE(start + BATCH.length);
  if (length < BATCH.records - LENGTH_OVERHEAD) throw corrupt(baseOffset, `its length field says ${length} bytes`);
  const end = start + LENGTH_OVERHEAD + length;
  if (end > set.length) return null;
  const attributes = set.readInt16BE(start + BATCH.attributes);
  const codec = CODECS[attributes & ATTRIBUTE.compressionMask];
  if (codec === undefined) throw corrupt(baseOffset, `codec ${attributes & ATTRIBUTE.compressionMask} does not exist`);
  return {
    baseOffset,
    lastOffset: baseOffset + set.readInt32BE(start + BATCH.lastOffsetDelta),
    baseTimestamp: Number(set.readBigInt64BE(start + BATCH.baseTimestamp)),
    maxTimestamp: Number(set.readBigInt64BE(start + BATCH.maxTimestamp)),
    recordCount: set.readInt32BE(start + BATCH.recordCount),
    isControl: (attributes & ATTRIBUTE.control) !== 0,
    isTransactional: (attributes & ATTRIBUTE.transactional) !== 0,
    producerId: set.readBigInt64BE(start + BATCH.producerId),
    timestampType: (attributes & ATTRIBUTE.logAppendTime) !== 0 ? 'append' : 'create',
    codec,
    start,
    end,
  };
}

/** Throws CORRUPT_RECORD_BATCH when the bytes of the batch are not those its CRC-32C was computed over. */
export function verifyChecksum(set: Buffer, header: BatchHeader): void {
  const stored = set.readUInt32BE(header.start + BATCH.crc);
  const computed = crc32c(set.subarray(header.start + BATCH.attributes, header.end));
  if (stored !== computed) {
    throw corrupt(header.baseOffset, `its CRC-32C is ${stored.toString(16)}, its bytes have ${computed.toString(16)}`);
  }
}

export function corrupt(baseOffset: number, what: string, cause?: unknown): MillraceError {
  return new MillraceError('CORRUPT_RECORD_BATCH', `The record batch at offset ${baseOffset} is corrupt: ${what}.`, {
    hint: 'Check the broker’s disk; `kafka-dump-log --deep-iteration` shows whether the log itself is damaged.',
    details: { baseOffset },
    cause,
  });
}

function requireMagic(magic: number, baseOffset: number): void {
  if (magic === MAGIC_V2) return;
  throw new MillraceError('KAFKA_REFUSED', `The messages at offset ${baseOffset} have format v${magic}, not v2.`, {
    hint: 'Formats v0 and v1 are older than Kafka 0.11. Copy the topic with a current producer, or start at later offsets.',
    details: { baseOffset, magic },
  });
}
