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

type MapOutput = LaneTaskResult['blocks'][number];

/** Which slices' blocks travel in the result: small ones that are not at home here, as long as there is room. Pure. */
export function chooseInline(
  blocks: readonly Pick<MapOutput, 'slice' | 'bytes'>[],
  sliceIncarnations: readonly string[],
  incarnation: string,
): Set<number> {
  const inline = new Set<number>();
  let room = INLINE_RESULT_BYTES_MAX;
  for (const { slice, bytes } of blocks) {
    if (sliceIncarnations[slice] === incarnation || bytes > INLINE_BLOCK_BYTES_MAX || bytes > room) continue;
    inline.add(slice);
    room -= bytes;
  }
  return inline;
}

/**
 * Map output of one attempt, as the wire describes it: small foreign blocks inline, the others held here. Checksums are
 * computed for what is going to travel only.
 */
export async function holdBlocks(
  output: readonly MapOutput[],
  at: {
    jobId: string;
    batchId: number;
    stage: string;
    mapIndex: number;
    attemptId: string;
    incarnation: string;
    address: string;
    sliceIncarnations: readonly string[];
  },
  store: BlockStore,
): Promise<BlockInput[]> {
  const { jobId, batchId, stage, mapIndex, attemptId, incarnation, address, sliceIncarnations } = at;
  const inline = chooseInline(output, sliceIncarnations, incarnation);
  return Promise.all(
    output.map(async ({ slice, path, bytes, rows }) => {
      const name = blockName(attemptId, slice);
      const block = { stage, mapIndex, slice, name, incarnation, address, bytes, rows };
      const contents = sliceIncarnations[slice] === incarnation ? null : await readFile(path);
      if (contents && inline.has(slice)) {
        await rm(path);
        return { ...block, crc32: crc32(contents), inline: contents };
      }
      store.add({ name, jobId, batchId, path, bytes });
      return { ...block, crc32: contents ? crc32(contents) : NO_CRC32 };
    }),
  );
}
