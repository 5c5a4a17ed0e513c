/** Bytes of the size that precedes each response. */
const SIZE_BYTES = 4;

/** Where the bytes of a socket go. */
export type ResponseAssembler = {
  /** The memory that the next bytes belong into; never empty, valid until `filled`. */
  room(): Buffer;
  /** So many bytes were put at the start of `room()`. */
  filled(bytes: number): void;
};

/**
 * Puts responses together where they stay. Each gets memory of its own, at its full size, as soon as that size is known, and
 * the socket reads into it: tens of megabytes a second are then copied by the kernel alone, and a response
 * that owns its memory can be handed to another thread.
 *
 * `onResponse` is given one response without its size. A size above `bytesMax` throws: it is no Kafka broker that answers.
 */
export function createResponseAssembler(bytesMax: number, onResponse: (response: Buffer) => void): ResponseAssembler {
  const size = Buffer.alloc(SIZE_BYTES);
  let target: Buffer = size;
  let end = 0;
  return {
    room: () => target.subarray(end),
    filled(bytes) {
      end += bytes;
      if (end < target.length) return;
      end = 0;
      if (target === size) {
        target = memoryFor(size.readInt32BE(0), bytesMax);
        return;
      }
      const response = target;
      target = size;
      onResponse(response);
    },
  };
}

/** For sockets that bring chunks of their own. */
export function assembleChunk(assembler: ResponseAssembler, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) {
    const taken = chunk.copy(assembler.room(), 0, at);
    at += taken;
    assembler.filled(taken);
  }
}

function memoryFor(size: number, bytesMax: number): Buffer {
  if (size < SIZE_BYTES || size > bytesMax) throw new RangeError(`A response of ${size} bytes was announced.`);
  return Buffer.allocUnsafeSlow(size);
}
