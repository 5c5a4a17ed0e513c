import { readFile, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { BlockInput } from '@millrace/proto';
import type { LaneTaskResult } from '../lanes/messages.ts';
import { blockName, NO_CRC32 } from './block-names.ts';
import type { BlockStore } from './block-store.ts';

/** A block up to here is cheaper to carry in the task result than to ask for. Bytes. */
const INLINE_BLOCK_BYTES_MAX = 64 * 1024;
/** Of all inline blocks of one result, so that it stays a small message. Bytes. */
const INLINE_RESULT_BYTES_MAX = 1024 * 1024;

type StageBlock = LaneTaskResult['blocks'][number];

/** Which blocks travel in the result: small ones that are not at home here, as long as there is room. Pure. */
export function chooseInline<B extends Pick<StageBlock, 'slice' | 'bytes'>>(
  blocks: readonly B[],
  sliceIncarnations: readonly string[],
  incarnation: string,
): Set<B> {
  const inline = new Set<B>();
  let room = INLINE_RESULT_BYTES_MAX;
  for (const block of blocks) {
    const { slice, bytes } = block;
    if (sliceIncarnations[slice] === incarnation || bytes > INLINE_BLOCK_BYTES_MAX || bytes > room) continue;
    inline.add(block);
    room -= bytes;
  }
  return inline;
}

/**
 * Output of one attempt to shuffles, as the wire describes it: small foreign blocks inline, the others held here. Checksums are
 * computed for what is going to travel only.
 */
export async function holdBlocks(
  output: readonly StageBlock[],
  at: {
    jobId: string;
    batchId: number;
    stage: string;
    taskIndex: number;
    attemptId: string;
    incarnation: string;
    address: string;
    sliceIncarnations: readonly string[];
  },
  store: BlockStore,
): Promise<BlockInput[]> {
  const { jobId, batchId, stage, taskIndex, attemptId, incarnation, address, sliceIncarnations } = at;
  const inline = chooseInline(output, sliceIncarnations, incarnation);
  return Promise.all(
    output.map(async (written) => {
      const { shuffle, slice, path, bytes, rows } = written;
      const name = blockName(attemptId, written);
      const block = { stage, taskIndex, shuffle, slice, name, incarnation, address, bytes, rows };
      const contents = sliceIncarnations[slice] === incarnation ? null : await readFile(path);
      if (contents && inline.has(written)) {
        await rm(path);
        return { ...block, crc32: crc32(contents), inline: contents };
      }
      store.add({ name, jobId, batchId, path, bytes });
      return { ...block, crc32: contents ? crc32(contents) : NO_CRC32 };
    }),
  );
}
