/** Reads a Kafka response in order: big-endian integers, strings with an int16 length. */
export type WireReader = {
  int8(): number;
  int16(): number;
  int32(): number;
  /** Offsets and timestamps, exact up to 2^53. */
  int64(): number;
  bigint64(): bigint;
  /** A null string reads as the empty one. */
  string(): string;
  /** A view; null bytes read as none. */
  bytes(): Buffer;
  /** A null array reads as the empty one. */
  array<Item>(read: () => Item): Item[];
};

/** Reading past the end throws a RangeError of Buffer's. */
export function wireReader(buffer: Buffer): WireReader {
  let position = 0;
  const advance = (bytes: number): number => {
    position += bytes;
    return position - bytes;
  };
  const int16 = (): number => buffer.readInt16BE(advance(2));
  const int32 = (): number => buffer.readInt32BE(advance(4));
  const bigint64 = (): bigint => buffer.readBigInt64BE(advance(8));
  const view = (bytes: number): Buffer => {
    const start = advance(Math.max(0, bytes));
    if (position > buffer.length) throw new RangeError(`The response ends at byte ${buffer.length}, not ${position}.`);
    return buffer.subarray(start, position);
  };
  return {
    int8: () => buffer.readInt8(advance(1)),
    int16,
    int32,
    int64: () => Number(bigint64()),
    bigint64,
    string: () => view(int16()).toString('utf8'),
    bytes: () => view(int32()),
    array(read) {
      const items = [];
      for (let left = int32(); left > 0; left--) items.push(read());
      return items;
    },
  };
}
