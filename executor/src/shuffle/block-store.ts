import { rm } from 'node:fs/promises';

/** Output of a task that waits to be read: a Parquet file in the job's scratch folder. */
export type HeldBlock = { name: string; jobId: string; batchId: number; path: string; bytes: number };

/** Blocks this incarnation holds for later tasks of a batch, until the batch is finished, aborted or its job closed. */
export type BlockStore = {
  add(block: HeldBlock): void;
  /** Undefined: never held, or freed already. */
  find(jobId: string, name: string): HeldBlock | undefined;
  /** Frees single blocks, such as those of an attempt that failed. */
  free(jobId: string, names: readonly string[]): Promise<void>;
  /** Those of the batch, and of earlier ones whose end was missed. */
  freeUpTo(jobId: string, batchId: number): Promise<void>;
  freeJob(jobId: string): Promise<void>;
  bytes(): number;
  count(): number;
};

export function createBlockStore(): BlockStore {
  const jobs = new Map<string, Map<string, HeldBlock>>();
  let bytes = 0;
  let count = 0;

  const freeWhere = async (jobId: string, matches: (block: HeldBlock) => boolean) => {
    const held = jobs.get(jobId);
    if (!held) return;
    const freed = [...held.values()].filter(matches);
    for (const block of freed) {
      held.delete(block.name);
      bytes -= block.bytes;
      count -= 1;
    }
    if (held.size === 0) jobs.delete(jobId);
    await Promise.all(freed.map((block) => rm(block.path, { force: true })));
  };

  return {
    add: (block) => {
      const held = jobs.get(block.jobId) ?? new Map<string, HeldBlock>();
      jobs.set(block.jobId, held.set(block.name, block));
      bytes += block.bytes;
      count += 1;
    },
    find: (jobId, name) => jobs.get(jobId)?.get(name),
    free: (jobId, names) => {
      const wanted = new Set(names);
      return freeWhere(jobId, (block) => wanted.has(block.name));
    },
    freeUpTo: (jobId, batchId) => freeWhere(jobId, (block) => block.batchId <= batchId),
    freeJob: (jobId) => freeWhere(jobId, () => true),
    bytes: () => bytes,
    count: () => count,
  };
}
