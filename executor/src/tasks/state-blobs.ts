import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { StateBlob, StateBlobInput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { BlobStore } from '@millrace/shared/store';
import type { LaneTaskResult, StateFile } from '../lanes/messages.ts';

/** Blobs read at a time when a slice is restored; each may be several MB. */
const RESTORE_READS_MAX = 4;

/** Name of the state an attempt is going to leave in the blob store. */
export function pendingBlobName(at: { jobId: string; operatorId: string; batchId: number; attemptId: string }): string {
  return `${at.jobId}/${at.operatorId}/${at.batchId}/${at.attemptId}`;
}

/** Makes an attempt's state durable under its pending names; the files are removed. */
export async function storeState(
  files: LaneTaskResult['state'],
  at: { batchId: number; partitions: readonly number[] },
  blobs: BlobStore,
): Promise<StateBlobInput[]> {
  return Promise.all(
    files.map(async ({ operatorId, name, kind, path, rows }) => {
      const contents = await readFile(path);
      await blobs.put(name, contents);
      await rm(path, { force: true });
      const { batchId } = at;
      return {
        operatorId,
        name,
        kind,
        batchId,
        partitions: [...at.partitions],
        bytes: contents.length,
        rows,
        crc32: crc32(contents),
      };
    }),
  );
}

/**
 * Committed blobs as files in `folder`, in the order given, for the lane to restore from.
 * BLOB_LOST when the store has one no more, BLOB_CORRUPT when its bytes are not those that were committed.
 */
export async function loadState(
  committed: readonly StateBlob[],
  folder: string,
  deps: { blobs: BlobStore; signal: AbortSignal },
): Promise<{ files: StateFile[]; release(): Promise<void> }> {
  const files = new Array<StateFile>(committed.length);
  const release = () => rm(folder, { recursive: true, force: true });
  let next = 0;
  const worker = async () => {
    while (next < committed.length) {
      deps.signal.throwIfAborted();
      const index = next++;
      files[index] = await loadBlob(committed[index]!, join(folder, `${index}.parquet`), deps.blobs);
    }
  };
  await mkdir(folder, { recursive: true });
  const settled = await Promise.allSettled(Array.from({ length: RESTORE_READS_MAX }, worker));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await release();
    throw failed.reason;
  }
  return { files, release };
}

async function loadBlob(blob: StateBlob, path: string, blobs: BlobStore): Promise<StateFile> {
  const { operatorId, name, partitions } = blob;
  const contents = await blobs.get(name);
  if (contents.byteLength !== blob.bytes || crc32(contents) !== blob.crc32) {
    throw new MillraceError('BLOB_CORRUPT', `state blob ${name} is not what was committed`, {
      hint: 'restore the store from a good copy, or delete the job and start it anew',
      details: { name, bytes: contents.byteLength, committedBytes: blob.bytes },
    });
  }
  await writeFile(path, contents);
  return { operatorId, name, path, partitions, kind: kindOf(blob) };
}

function kindOf({ name, kind }: StateBlob): StateFile['kind'] {
  if (kind === 'delta' || kind === 'snapshot') return kind;
  throw new MillraceError('STORE_CORRUPT', `state blob ${name} is of unknown kind '${kind}'`);
}
