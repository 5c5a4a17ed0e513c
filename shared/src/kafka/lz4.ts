import { decompressFrameSync } from 'lz4-napi';

/** Of an LZ4 frame: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
const MAGIC = 0x184d2204;
const MAGIC_BYTES = 4;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
/** Largest block by the code in the descriptor, from 64 KiB to 4 MiB. Bytes. */
const blockBytesMax = (descriptor: number): number => 2 ** (8 + 2 * ((descriptor >> 4) & 0x07));
const UNCOMPRESSED_BLOCK = 0x80000000;

/** Throws a plain Error for bytes that are no LZ4 frame, or that may exceed `bytesMax`. */
export function uncompressLz4(bytes: Buffer, bytesMax: number): Buffer {
  const most = mostBytes(bytes);
  if (most > bytesMax) throw new Error(`${most} bytes of records may be more than ${bytesMax}`);
  return decompressFrameSync(bytes);
}

/** What the blocks of a frame can hold at most, by walking their lengths. */
function mostBytes(frame: Buffer): number {
  if (frame.readUInt32LE(0) !== MAGIC) throw new Error('this is no LZ4 frame');
  const flags = frame.readUInt8(MAGIC_BYTES);
  const blockMax = blockBytesMax(frame.readUInt8(MAGIC_BYTES + 1));
  let at = MAGIC_BYTES + 2;
  if (flags & HAS_CONTENT_SIZE) at += 8;
  if (flags & HAS_DICTIONARY) at += 4;
  at += 1;
  let most = 0;
  for (;;) {
    const length = frame.readUInt32LE(at);
    if (length === 0) return most;
    const isPlain = length >= UNCOMPRESSED_BLOCK;
    const stored = isPlain ? length - UNCOMPRESSED_BLOCK : length;
    most += isPlain ? stored : blockMax;
    at += 4 + stored + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
  }
}
