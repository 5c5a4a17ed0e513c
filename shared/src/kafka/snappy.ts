import { uncompressSync } from 'snappy';

// Two framings are met in Kafka: Java's clients cut the records into chunks with a header in front (as snappy-java writes
// streams), others such as librdkafka write one raw block.

const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version, lowest compatible version. */
const JAVA_HEADER_BYTES = JAVA_MAGIC.length + 8;
const CHUNK_LENGTH_BYTES = 4;

/** Throws a plain Error for bytes that are not snappy, or that are going to exceed `bytesMax`. */
export function uncompressSnappy(bytes: Buffer, bytesMax: number): Buffer {
  const blocks = bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC) ? chunksOf(bytes) : [bytes];
  const total = blocks.reduce((sum, block) => sum + lengthOf(block), 0);
  if (total > bytesMax) throw new Error(`${total} bytes of records are more than ${bytesMax}`);
  const plain = blocks.map((block) => uncompressSync(block, { asBuffer: true }) as Buffer);
  return plain.length === 1 ? plain[0]! : Buffer.concat(plain, total);
}

function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = JAVA_HEADER_BYTES; at < bytes.length; ) {
    const start = at + CHUNK_LENGTH_BYTES;
    const end = start + bytes.readInt32BE(at);
    if (end > bytes.length || end < start) throw new Error('a chunk of snappy is cut off');
    chunks.push(bytes.subarray(start, end));
    at = end;
  }
  return chunks;
}

/** A block begins with the length of what it holds, as a varint. */
function lengthOf(block: Buffer): number {
  let length = 0;
  for (let at = 0; at < Math.min(5, block.length); at++) {
    length += (block[at]! & 0x7f) * 2 ** (7 * at);
    if (block[at]! < 0x80) return length;
  }
  throw new Error('a block of snappy does not begin with its length');
}
