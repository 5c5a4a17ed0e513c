import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Block } from '@millrace/proto';
import { MillraceError, toMillraceError } from '@millrace/shared/errors';
import { stream } from '@millrace/shared/rpc';
import type { BlockFile } from '../lanes/messages.ts';
import { NO_CRC32 } from './block-names.ts';
import type { BlockClient, BlockPeers } from './block-peers.ts';
import type { BlockStore } from './block-store.ts';

/** Of one task; enough to keep the network busy, few enough that many tasks share it. Streams. */
const FETCHES_MAX = 8;
/** A holder that sends nothing for a whole block so long counts as lost. */
const FETCH_TIMEOUT_MS = 60_000;

export type GatheredBlocks = {
  /** In the order of the tasks that made them. */
  files: BlockFile[];
  /** Removes what was written for this task; blocks held here stay. */
  release(): Promise<void>;
};

/**
 * The input of a task as files: blocks of our own where they lie, inline ones and those of other executors
 * written to `folder`. BLOCK_LOST with details {incarnation, name, stage, taskIndex, shuffle, slice} when a holder has one no more.
 */
export async function gatherBlocks(
  blocks: readonly Block[],
  at: { jobId: string; incarnation: string; folder: string },
  deps: { store: BlockStore; peers: BlockPeers; signal: AbortSignal },
): Promise<GatheredBlocks> {
  const ordered = blocks.toSorted((a, b) => a.taskIndex - b.taskIndex);
  const paths = new Array<string>(ordered.length);
  const files = () => ordered.map(({ shuffle }, index) => ({ shuffle, path: paths[index]! }));
  const isHere = (block: Block) => block.inline.length === 0 && block.incarnation === at.incarnation;
  if (ordered.every(isHere)) {
    ordered.forEach((block, index) => {
      paths[index] = localPath(block, at.jobId, deps.store);
    });
    return { files: files(), release: async () => {} };
  }
  const release = () => rm(at.folder, { recursive: true, force: true });
  // The first failure stops the other streams.
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  const take = async (index: number) => {
    const block = ordered[index]!;
    if (isHere(block)) {
      paths[index] = localPath(block, at.jobId, deps.store);
      return;
    }
    const path = join(at.folder, `${index}.parquet`);
    if (block.inline.length > 0) await writeInline(block, path);
    else await fetchBlock(block, at.jobId, path, deps.peers.at(block.address), signal);
    paths[index] = path;
  };
  let next = 0;
  const worker = async () => {
    while (next < ordered.length && !signal.aborted) await take(next++);
  };
  try {
    await mkdir(at.folder, { recursive: true });
    const workers = Array.from({ length: Math.min(FETCHES_MAX, ordered.length) }, () =>
      worker().catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    await Promise.all(workers.map((done) => done.catch(() => Promise.reject(signal.reason))));
    deps.signal.throwIfAborted();
  } catch (error) {
    await release();
    throw error;
  }
  return { files: files(), release };
}

function localPath(block: Block, jobId: string, store: BlockStore): string {
  const held = store.find(jobId, block.name);
  if (!held) throw lost(block, 'this executor holds it no more');
  return held.path;
}

async function writeInline(block: Block, path: string): Promise<void> {
  check(block, block.inline.length, block.crc32 === NO_CRC32 ? NO_CRC32 : crc32(block.inline));
  await writeFile(path, block.inline);
}

async function fetchBlock(
  block: Block,
  jobId: string,
  path: string,
  client: BlockClient,
  signal: AbortSignal,
): Promise<void> {
  const { name, incarnation } = block;
  const chunks = stream(client, 'FetchBlock', { jobId, name, incarnation }, { signal, timeoutMs: FETCH_TIMEOUT_MS });
  const file = await open(path, 'w');
  let bytes = 0;
  let sum = 0;
  try {
    for await (const { data } of lostUnlessCancelled(chunks, block)) {
      await file.write(data);
      bytes += data.length;
      sum = crc32(data, sum);
    }
  } finally {
    await file.close();
  }
  check(block, bytes, sum);
}

/** Whatever keeps the holder from answering, for the driver it is the same: run the task that made it again. */
async function* lostUnlessCancelled<Chunk>(chunks: AsyncIterable<Chunk>, block: Block): AsyncGenerator<Chunk> {
  try {
    yield* chunks;
  } catch (error) {
    const { code, message } = toMillraceError(error);
    throw code === 'CANCELLED' ? error : lost(block, message, error);
  }
}

function check(block: Block, bytes: number, sum: number): void {
  if (bytes !== block.bytes) throw lost(block, `${bytes} bytes came instead of ${block.bytes}`);
  if (block.crc32 !== NO_CRC32 && sum !== block.crc32) throw lost(block, 'its checksum is wrong');
}

function lost(block: Block, why: string, cause?: unknown): MillraceError {
  const { incarnation, name, stage, taskIndex, shuffle, slice } = block;
  return new MillraceError('BLOCK_LOST', `block ${name} of ${incarnation} is lost: ${why}`, {
    cause,
    details: { incarnation, name, stage, taskIndex, shuffle, slice },
  });
}
