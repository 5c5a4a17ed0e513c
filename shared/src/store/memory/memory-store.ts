import type { BlobStore } from '../blob-store.ts';
import type { CommitStore } from '../commit-store.ts';
import { createMemoryBlobStore } from './memory-blob-store.ts';
import { createMemoryCommitStore } from './memory-commit-store.ts';

/** Both stores in this process's memory; gone with it. */
export function createMemoryStore(): { commits: CommitStore; blobs: BlobStore } {
  return { commits: createMemoryCommitStore(), blobs: createMemoryBlobStore() };
}
