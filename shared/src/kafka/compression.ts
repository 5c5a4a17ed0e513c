import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { uncompressLz4 } from './lz4.ts';
import type { Codec } from './record-layout.ts';
import { uncompressSnappy } from './snappy.ts';

/** Codecs that Millrace writes. */
export type WriteCodec = 'none' | 'gzip' | 'zstd';

/**
 * One batch may not grow beyond this, so that a few kilobytes of crafted input cannot take a lane's memory. Producers
 * batch 1 MB by default; even at a ratio of 100 that stays below. Bytes.
 */
export const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024;

/** Level 6 is twice as slow for a few percent on JSON. */
const GZIP_LEVEL = 3;
/** What Kafka's own producer uses. */
const ZSTD_LEVEL = 3;

const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } };

/**
 * The records of a batch in plain. `none` returns the input itself. Whatever the codecs throw for bytes that do not
 * decompress or exceed `bytesMax` is the caller's to name.
 */
export function decompress(codec: Codec, bytes: Buffer, bytesMax: number = DECOMPRESSED_BYTES_MAX): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: bytesMax });
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: bytesMax });
    case 'snappy':
      return uncompressSnappy(bytes, bytesMax);
    case 'lz4':
      return uncompressLz4(bytes, bytesMax);
    default:
      return codec satisfies never;
  }
}

export function compress(codec: WriteCodec, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes, { level: GZIP_LEVEL });
    case 'zstd':
      return zstdCompressSync(bytes, ZSTD_OPTIONS);
    default:
      return codec satisfies never;
  }
}
