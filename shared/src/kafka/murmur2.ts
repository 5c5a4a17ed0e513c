const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** murmur2 of `bytes[start, end)` as Java's `Utils.murmur2` computes it: a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start;
  let hash = SEED ^ length;
  let position = start;
  for (const wordsEnd = end - (length & 3); position < wordsEnd; position += 4) {
    let word =
      bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const rest = end - position;
  if (rest === 3) hash ^= bytes[position + 2]! << 16;
  if (rest >= 2) hash ^= bytes[position + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[position]!, MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** Partition of a key `bytes[start, end)` as Java's default partitioner picks it. Records without a key have none. */
export function partitionOfKey(bytes: Uint8Array, start: number, end: number, partitions: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions;
}
