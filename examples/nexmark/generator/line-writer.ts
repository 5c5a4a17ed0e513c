/** Writes one line of JSON after another into the same buffer; no object or string is made. */
export type LineWriter = {
  /** Holds the line from its beginning to `length()`. */
  readonly buffer: Buffer;
  length(): number;
  /** Forgets the line. */
  clear(): void;
  bytes(from: Buffer): void;
  /** `[start, end)` of a longer text. */
  stretch(from: Buffer, start: number, end: number): void;
  /** A whole number of at most 15 digits, not negative. */
  number(value: number): void;
  /** Its lowest `count` digits, zeros in front. */
  digits(value: number, count: number): void;
};

const ZERO = 0x30;
/** Up to here a loop beats the call into native copy. Bytes. */
const COPY_LOOP_BYTES_MAX = 24;

export function createLineWriter(bytesMax: number): LineWriter {
  const buffer = Buffer.alloc(bytesMax);
  let at = 0;

  function stretch(from: Buffer, start: number, end: number): void {
    if (end - start > COPY_LOOP_BYTES_MAX) from.copy(buffer, at, start, end);
    else for (let i = start; i < end; i++) buffer[at + i - start] = from[i]!;
    at += end - start;
  }

  function digits(value: number, count: number): void {
    let rest = value;
    for (let position = at + count - 1; position >= at; position--) {
      const next = Math.floor(rest / 10);
      buffer[position] = ZERO + rest - next * 10;
      rest = next;
    }
    at += count;
  }

  return {
    buffer,
    length: () => at,
    clear() {
      at = 0;
    },
    bytes: (from) => stretch(from, 0, from.length),
    stretch,
    number: (value) => digits(value, digitsOf(value)),
    digits,
  };
}

function digitsOf(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  return count;
}
