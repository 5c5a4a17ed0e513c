/** Builds the body of a Kafka request: big-endian integers, strings with an int16 length. */
export type WireWriter = {
  int8(value: number): void;
  int16(value: number): void;
  int32(value: number): void;
  int64(value: number | bigint): void;
  /** Null is length −1. */
  string(value: string | null): void;
  /** An int32 length and the bytes, which go out uncopied. */
  bytes(value: Buffer): void;
  /** An int32 count and each item. */
  array<Item>(items: readonly Item[], write: (item: Item) => void): void;
  /** As flexible versions want it: the length is a varint plus one. */
  compactString(value: string): void;
  /** Null is length 0. */
  compactArray<Item>(items: readonly Item[] | null, write: (item: Item) => void): void;
  /** None: what ends every structure of a flexible version, the header of the request first. */
  tags(): void;
  /** What was written, in order, to go out one part after the other. */
  parts(): Buffer[];
};

const CAPACITY_INITIAL_BYTES = 256;

export function wireWriter(): WireWriter {
  const parts: Buffer[] = [];
  let buffer = Buffer.allocUnsafe(CAPACITY_INITIAL_BYTES);
  let position = 0;

  /** Where to write the next `bytes`. */
  function advance(bytes: number): number {
    if (position + bytes > buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + bytes));
      buffer.copy(grown, 0, 0, position);
      buffer = grown;
    }
    position += bytes;
    return position - bytes;
  }

  /** Ends the current part; later fields go into a fresh buffer. */
  function cut(): void {
    if (position > 0) parts.push(buffer.subarray(0, position));
    buffer = Buffer.allocUnsafe(CAPACITY_INITIAL_BYTES);
    position = 0;
  }

  // advance() may replace `buffer`, so it runs in a statement of its own before the write.
  function int16(value: number): void {
    const at = advance(2);
    buffer.writeInt16BE(value, at);
  }
  function int32(value: number): void {
    const at = advance(4);
    buffer.writeInt32BE(value, at);
  }
  function uint8(value: number): void {
    const at = advance(1);
    buffer.writeUInt8(value, at);
  }
  function varint(value: number): void {
    let left = value;
    for (; left > 0x7f; left >>>= 7) uint8((left & 0x7f) | 0x80);
    uint8(left);
  }
  return {
    int8(value) {
      const at = advance(1);
      buffer.writeInt8(value, at);
    },
    int16,
    int32,
    int64(value) {
      const at = advance(8);
      buffer.writeBigInt64BE(BigInt(value), at);
    },
    string(value) {
      if (value === null) return int16(-1);
      const bytes = Buffer.byteLength(value);
      int16(bytes);
      const at = advance(bytes);
      buffer.write(value, at);
    },
    bytes(value) {
      int32(value.length);
      cut();
      parts.push(value);
    },
    array(items, write) {
      int32(items.length);
      for (const item of items) write(item);
    },
    compactString(value) {
      const bytes = Buffer.byteLength(value);
      varint(bytes + 1);
      const at = advance(bytes);
      buffer.write(value, at);
    },
    compactArray(items, write) {
      varint(items === null ? 0 : items.length + 1);
      for (const item of items ?? []) write(item);
    },
    tags: () => uint8(0),
    parts() {
      cut();
      return parts;
    },
  };
}
