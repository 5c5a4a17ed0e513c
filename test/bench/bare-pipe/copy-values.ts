/** Of a record batch, format v2; see shared/src/kafka/record-layout.ts. */
const LENGTH_AT = 8;
const LENGTH_OVERHEAD = 12;
const RECORD_COUNT_AT = 57;
const RECORDS_AT = 61;
const NEWLINE = 0x0a;

/** Lines of a task, reused from one to the next. */
export type LineBuffer = { bytes: Buffer; length: number; lines: number };

/** Copies the values of all records behind one another, a line each. Nothing is checked: this is what a pipe must do at least. */
export function copyValues(set: Buffer, into: LineBuffer): void {
  for (let start = 0; start + RECORDS_AT <= set.length; ) {
    const end = start + LENGTH_OVERHEAD + set.readInt32BE(start + LENGTH_AT);
    if (end > set.length) return;
    reserve(into, end - start);
    copyBatch(set, start, into);
    start = end;
  }
}

function copyBatch(set: Buffer, start: number, into: LineBuffer): void {
  const { bytes } = into;
  const count = set.readInt32BE(start + RECORD_COUNT_AT);
  let to = into.length;
  let p = start + RECORDS_AT;
  const varint = (): number => {
    let byte = set[p++]!;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = set[p++]!;
      value |= (byte & 127) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  };
  for (let i = 0; i < count; i++) {
    const length = varint();
    const next = p + length;
    p++; // attributes
    varint(); // timestamp delta
    varint(); // offset delta
    const keyBytes = varint();
    p += Math.max(0, keyBytes);
    const valueBytes = varint();
    set.copy(bytes, to, p, p + valueBytes);
    to += valueBytes;
    bytes[to++] = NEWLINE;
    p = next;
  }
  into.length = to;
  into.lines += count;
}

/** Records take more room in a batch than as lines. */
function reserve(into: LineBuffer, more: number): void {
  if (into.length + more <= into.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(into.bytes.length * 2, into.length + more));
  into.bytes.copy(grown, 0, 0, into.length);
  into.bytes = grown;
}
