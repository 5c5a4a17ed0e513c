/** Bytes of the size that precedes each response. */
const SIZE_BYTES = 4;

/**
 * Puts responses together from the chunks of a socket. Each response gets memory of its own at its full size as soon as that is known,
 * and every chunk is copied there once: joining chunks afterwards would copy tens of megabytes a second time, and a
 * response that owns its memory can be handed to another thread without copying.
 *
 * `onResponse` is given one response without its size. A size above `bytesMax` throws: it is no Kafka broker that answers.
 */
export function createResponseAssembler(
  bytesMax: number,
  onResponse: (response: Buffer) => void,
): (chunk: Buffer) => void {
  const sizeBytes = Buffer.alloc(SIZE_BYTES);
  let sizeFilled = 0;
  let response: Buffer | null = null;
  let filled = 0;

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (response === null) {
        const taken = chunk.copy(sizeBytes, sizeFilled, at, at + SIZE_BYTES - sizeFilled);
        sizeFilled += taken;
        at += taken;
        if (sizeFilled < SIZE_BYTES) return;
        response = memoryFor(sizeBytes.readInt32BE(0), bytesMax);
        filled = 0;
      }
      const taken = chunk.copy(response, filled, at);
      filled += taken;
      at += taken;
      if (filled < response.length) return;
      const complete = response;
      response = null;
      sizeFilled = 0;
      onResponse(complete);
    }
  };
}

function memoryFor(size: number, bytesMax: number): Buffer {
  if (size < SIZE_BYTES || size > bytesMax) throw new RangeError(`A response of ${size} bytes was announced.`);
  return Buffer.allocUnsafeSlow(size);
}
