/** A record batch whose header tells `[baseOffset, baseOffset + offsets)`; the records are filler. */
export function recordBatch(baseOffset: number, offsets: number, recordBytes = 40): Uint8Array {
  const bytes = new Uint8Array(61 + recordBytes);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(baseOffset));
  view.setInt32(8, bytes.length - 12);
  view.setInt8(16, 2);
  view.setInt32(23, offsets - 1);
  return bytes;
}

export function joinBatches(...batches: Uint8Array[]): Uint8Array {
  return Uint8Array.from(batches.flatMap((batch) => [...batch]));
}
