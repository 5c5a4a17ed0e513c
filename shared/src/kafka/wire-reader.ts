/**
 * Reads a Kafka response in order: big-endian integers, strings with an int16 length. Flexible versions have compact strings and
 * arrays, whose lengths are varints plus one, and every structure of theirs, the header first, ends in tagged fields.
 */
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
  compactString(): string;
  compactArray<Item>(read: () => Item): Item[];
  /** 32 hexadecimal digits. */
  uuid(): string;
  /** Passes over tagged fields: nothing that is read here is in them. */
  tags(): void;
};

const UUID_BYTES = 16;

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
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = buffer.readUInt8(advance(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const items = <Item>(count: number, read: () => Item): Item[] => {
    const list = [];
    for (let left = count; left > 0; left--) list.push(read());
    return list;
  };
  return {
    int8: () => buffer.readInt8(advance(1)),
    int16,
    int32,
    int64: () => Number(bigint64()),
    bigint64,
    string: () => view(int16()).toString('utf8'),
    bytes: () => view(int32()),
    array: (read) => items(int32(), read),
    compactString: () => view(varint() - 1).toString('utf8'),
    compactArray: (read) => items(varint() - 1, read),
    uuid: () => view(UUID_BYTES).toString('hex'),
    tags() {
      for (let left = varint(); left > 0; left--) {
        varint(); // number of the tag
        view(varint());
      }
    },
  };
}
