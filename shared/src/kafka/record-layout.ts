// Byte layout of message format v2, the only one Millrace reads or writes (Kafka 0.11 and later).
//
// A record set is a sequence of record batches; a broker may cut the last one off anywhere. All integers of a batch
// header are big-endian, at the positions below. The CRC is CRC-32C over everything from ATTRIBUTES to the end.
//
// After the header follow `recordCount` records, compressed together where the attributes name a codec:
//   length          varint   bytes of this record after the length itself
//   attributes      int8     unused
//   timestampDelta  varlong  from the batch's base timestamp, ms
//   offsetDelta     varint   from the batch's base offset
//   keyLength       varint   −1: null
//   key             bytes
//   valueLength     varint   −1: null
//   value           bytes
//   headerCount     varint   then for each: keyLength varint, key (UTF-8), valueLength varint (−1: null), value
// Varints are little-endian groups of 7 bits, the high bit set on all but the last byte, of the zigzag number
// (n << 1) ^ (n >> 31): 0, −1, 1, −2 … become 0, 1, 2, 3 …. A fast reader takes the one-byte case first, skips
// attributes by one byte and timestampDelta by bytes with the high bit set, slices the value and jumps to the
// record's end by `length`, so it never looks at headers. readRecords in records.ts is the slow, whole version.

/** Positions in a batch, in bytes from its start. */
export const BATCH = {
  /** int64 */
  baseOffset: 0,
  /** int32: bytes after this field, so a batch takes this plus LENGTH_OVERHEAD. */
  length: 8,
  /** int32: written by the broker, outside the CRC. */
  partitionLeaderEpoch: 12,
  /** int8 */
  magic: 16,
  /** uint32 */
  crc: 17,
  /** int16, the bits of ATTRIBUTE */
  attributes: 21,
  /** int32: kept by compaction, so the last record itself may be gone. */
  lastOffsetDelta: 23,
  /** int64, ms */
  baseTimestamp: 27,
  /** int64, ms */
  maxTimestamp: 35,
  /** int64, −1: none */
  producerId: 43,
  /** int16 */
  producerEpoch: 51,
  /** int32 */
  baseSequence: 53,
  /** int32 */
  recordCount: 57,
  records: 61,
} as const;

/** baseOffset and length, which the length field does not count. Bytes. */
export const LENGTH_OVERHEAD = 12;

export const MAGIC_V2 = 2;

/** Bits of the attributes field. */
export const ATTRIBUTE = {
  compressionMask: 0x07,
  /** Set: the broker stamped the batch, every record has maxTimestamp. */
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const;

/** Kafka's codec numbers, by index. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];
