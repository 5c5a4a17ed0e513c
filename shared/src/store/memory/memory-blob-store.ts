import { MillraceError } from '../../errors/index.ts';
import type { BlobStore } from '../blob-store.ts';

/** Blobs kept in this process: for tests and single-process runs. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    async put(name, bytes) {
      blobs.set(name, bytes.slice());
    },
    async get(name) {
      const bytes = blobs.get(name);
      if (bytes === undefined) throw new MillraceError('BLOB_LOST', `There is no blob ${name}`, { details: { name } });
      return bytes.slice();
    },
    async remove(names) {
      for (const name of names) blobs.delete(name);
    },
    async *list(prefix) {
      for (const name of [...blobs.keys()]) if (name.startsWith(prefix)) yield name;
    },
    async close() {},
  };
}
