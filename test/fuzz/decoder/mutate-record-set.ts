import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ATTRIBUTE, BATCH, CODECS, type Codec, LENGTH_OVERHEAD } from '@millrace/shared/kafka';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { decompress } from '../../../shared/src/kafka/compression.ts';
import { seal } from '../../shared/kafka/batch-bytes.ts';
import type { Dice } from '../../sim/world/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';

const INTEGERS = [0, 1, -1, 2, 127, 128, 255, 65_535, 1_000_000, 2 ** 31 - 1, -(2 ** 31), 49, 48];
const LONGS = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
/** Plain records beyond this are left as they are: unpacking costs more than it tells. */
const PLAIN_BYTES_MAX = 1024 * 1024;

/** A record set with something wrong in it: in its headers, its records, or what they are packed in. Mostly with a good checksum. */
export function mutateRecordSet(corpus: readonly Buffer[], dice: Dice): Buffer {
  const batches = batchesOf(dice.oneOf(corpus));
  if (dice.chance(0.2)) batches.splice(dice.between(0, batches.length), 0, ...batchesOf(dice.oneOf(corpus)));
  const at = dice.between(0, batches.length - 1);
  for (let times = dice.between(1, 2); times > 0; times--) batches[at] = mutateBatch(batches[at]!, dice);
  const set = Buffer.concat(batches);
  return dice.chance(0.1) ? mutateBytes(set, dice) : set;
}

/** The last one may be cut off. Always at least one. */
function batchesOf(set: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at < set.length; ) {
    const length = at + BATCH.records <= set.length ? set.readInt32BE(at + BATCH.length) + LENGTH_OVERHEAD : 0;
    const end = length >= BATCH.records ? Math.min(set.length, at + length) : set.length;
    batches.push(set.subarray(at, end));
    at = end;
  }
  return batches.length > 0 ? batches : [Buffer.alloc(0)];
}

function mutateBatch(batch: Buffer, dice: Dice): Buffer {
  if (batch.length < BATCH.records) return mutateBytes(batch, dice);
  const kind = dice.between(0, 9);
  if (kind < 3) return sealed(mutateHeader(Buffer.from(batch), dice), dice);
  if (kind < 4) return sealed(withRecords(batch, mutateBytes(batch.subarray(BATCH.records), dice)), dice);
  return sealed(mutateRecords(batch, dice), dice);
}

const sealed = (batch: Buffer, dice: Dice): Buffer => (dice.chance(0.97) ? seal(batch) : batch);

function mutateHeader(batch: Buffer, dice: Dice): Buffer {
  const attributes = batch.readInt16BE(BATCH.attributes);
  switch (dice.between(0, 6)) {
    case 0:
      batch.writeInt32BE(dice.oneOf([...INTEGERS, (batch.readInt32BE(BATCH.recordCount) + 1) | 0]), BATCH.recordCount);
      break;
    case 1:
      batch.writeInt32BE(dice.oneOf(INTEGERS), BATCH.lastOffsetDelta);
      break;
    case 2:
      batch.writeInt32BE(dice.oneOf([...INTEGERS, batch.length - LENGTH_OVERHEAD - 1]), BATCH.length);
      break;
    case 3:
      batch.writeInt16BE(attributes ^ (1 << dice.between(0, 6)), BATCH.attributes);
      break;
    case 4:
      batch.writeBigInt64BE(dice.oneOf(LONGS), dice.oneOf([BATCH.baseOffset, BATCH.producerId]));
      break;
    case 5:
      batch.writeBigInt64BE(dice.oneOf(LONGS), dice.oneOf([BATCH.baseTimestamp, BATCH.maxTimestamp]));
      break;
    default:
      batch.writeInt8(dice.between(-1, 3), BATCH.magic);
  }
  return batch;
}

/** Changes the records in plain and packs them again, perhaps otherwise. */
function mutateRecords(batch: Buffer, dice: Dice): Buffer {
  const attributes = batch.readInt16BE(BATCH.attributes);
  const plain = plainOf(CODECS[attributes & ATTRIBUTE.compressionMask], batch.subarray(BATCH.records));
  if (plain === null) return mutateHeader(Buffer.from(batch), dice);
  const mutated = dice.chance(0.5) ? mutateVarint(plain, dice) : mutateBytes(plain, dice);
  const codec = dice.chance(0.6) ? 0 : dice.between(0, CODECS.length - 1);
  const packed = withRecords(batch, pack(CODECS[codec]!, mutated, dice));
  packed.writeInt16BE((attributes & ~ATTRIBUTE.compressionMask) | codec, BATCH.attributes);
  return packed;
}

function plainOf(codec: Codec | undefined, packed: Buffer): Buffer | null {
  try {
    const plain = codec === undefined ? packed : decompress(codec, packed, PLAIN_BYTES_MAX);
    return plain.length > PLAIN_BYTES_MAX ? null : plain;
  } catch {
    return null;
  }
}

/** Lengths and counts that lie: −1, 0, huge, of too many bytes, without an end. */
const VARINTS = [
  '01',
  '00',
  'ffffffff0f',
  'feffffff0f',
  '808080808000',
  'ffffffffffffffffff01',
  'ffffffffffffffffffffff',
  '8001',
].map((hex) => Buffer.from(hex, 'hex'));

function mutateVarint(plain: Buffer, dice: Dice): Buffer {
  const at = dice.between(0, dice.chance(0.5) ? Math.min(12, plain.length) : plain.length);
  const skipped = dice.between(0, 2);
  return Buffer.concat([plain.subarray(0, at), dice.oneOf(VARINTS), plain.subarray(at + skipped)]);
}

function withRecords(batch: Buffer, records: Buffer): Buffer {
  const whole = Buffer.concat([batch.subarray(0, BATCH.records), records]);
  whole.writeInt32BE(whole.length - LENGTH_OVERHEAD, BATCH.length);
  return whole;
}

function pack(codec: Codec, plain: Buffer, dice: Dice): Buffer {
  switch (codec) {
    case 'none':
      return plain;
    case 'gzip':
      return gzipSync(plain, { level: 1 });
    case 'zstd':
      return zstdCompressSync(plain);
    case 'snappy':
      return dice.chance(0.5) ? (compressSync(plain) as Buffer) : javaSnappy(plain);
    case 'lz4':
      return compressFrameSync(plain, dice.chance(0.5) ? {} : { contentChecksum: true, blockChecksums: true });
    default:
      return codec satisfies never;
  }
}

/** As snappy-java frames it: magic, two versions, then chunks with their length. */
function javaSnappy(plain: Buffer): Buffer {
  const half = plain.length >> 1;
  const chunks = [plain.subarray(0, half), plain.subarray(half)].map((part) => compressSync(part) as Buffer);
  const framed = chunks.flatMap((chunk) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(chunk.length);
    return [length, chunk];
  });
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...framed]);
}
