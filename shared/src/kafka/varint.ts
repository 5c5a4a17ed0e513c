/** Bytes that `value` takes as a zigzag varint. For −1 and whatever is not negative, up to 2^30 (lengths, deltas). */
export function varintBytes(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** Writes `value` (range as varintBytes) at `at` and returns the position after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let position = at;
  let zigzag = (value << 1) ^ (value >> 31);
  while (zigzag > 0x7f) {
    target[position++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  target[position++] = zigzag;
  return position;
}
