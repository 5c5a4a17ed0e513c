import { open } from 'node:fs/promises';
import { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { type RpcService, rpcService } from '@millrace/shared/rpc';
import type { BlockStore } from './block-store.ts';

/** Of one message of the stream: few messages, and little memory for each reader. Bytes. */
const CHUNK_BYTES = 256 * 1024;

/** Serves held blocks to other executors. BLOCK_LOST for whatever this incarnation does not hold (any more). */
export function createBlockService(store: BlockStore, incarnation: string): RpcService {
  return rpcService(wire.BlockService, {
    FetchBlock: async function* (request) {
      const block = request.incarnation === incarnation ? store.find(request.jobId, request.name) : undefined;
      if (!block) {
        throw new MillraceError('BLOCK_LOST', `block ${request.name} is not held by ${incarnation}`, {
          details: { incarnation: request.incarnation, name: request.name },
        });
      }
      yield* readChunks(block.path);
    },
  });
}

async function* readChunks(path: string): AsyncGenerator<{ data: Buffer }> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      // A buffer for each chunk: the stream may still hold the one before.
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield { data: buffer.subarray(0, bytesRead) };
    }
  } finally {
    await file.close();
  }
}
