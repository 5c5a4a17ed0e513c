import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableVersion } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { BlobStore } from '@millrace/shared/store';
import type { TableFile } from '../lanes/messages.ts';

/** Versions of tables as files, for the lanes to load. Each is fetched once, however many lanes and tasks want it. */
export type TableFiles = {
  /**
   * The files of a batch's versions; they stay until `release`. BLOB_LOST when the store has one no more, BLOB_CORRUPT when
   * its bytes are not the version that was wanted.
   */
  take(jobId: string, versions: readonly TableVersion[]): Promise<{ files: TableFile[]; release(): void }>;
  /** The job is closed, and its folder gone. */
  forget(jobId: string): void;
};

type Held = { path: string; ready: Promise<void>; users: number; wanted: boolean };

export function createTableFiles({ blobs, scratchDir }: { blobs: BlobStore; scratchDir: string }): TableFiles {
  /** By job, table and version. */
  const held = new Map<string, Held>();
  let fetches = 0;

  function drop(key: string, one: Held): void {
    if (held.get(key) !== one) return;
    held.delete(key);
    const { path, ready } = one;
    const remove = () => rm(path, { force: true }).catch(() => {});
    void ready.then(remove, remove);
  }

  function hold(jobId: string, version: TableVersion): [key: string, held: Held] {
    const key = `${jobId}/${version.table}/${version.version}`;
    const known = held.get(key);
    if (known) return [key, known];
    const folder = join(scratchDir, jobId, 'tables');
    const path = join(folder, `${version.table}-${fetches++}.parquet`);
    const ready = fetchVersion(blobs, version, folder, path);
    const fresh = { path, ready, users: 0, wanted: true };
    held.set(key, fresh);
    ready.catch(() => held.get(key) === fresh && held.delete(key));
    return [key, fresh];
  }

  /** The newest version asked for is kept for the lanes to come, the others as long as they are in use. */
  function supersede(jobId: string, { table, version }: TableVersion): void {
    for (const [key, one] of held) {
      if (!key.startsWith(`${jobId}/${table}/`)) continue;
      one.wanted = key.endsWith(`/${version}`);
      if (!one.wanted && one.users === 0) drop(key, one);
    }
  }

  return {
    async take(jobId, versions) {
      const taken = versions.map((version) => {
        const [key, one] = hold(jobId, version);
        one.users += 1;
        supersede(jobId, version);
        return { key, one, version };
      });
      const release = () => {
        for (const { key, one } of taken) {
          one.users -= 1;
          if (!one.wanted && one.users === 0) drop(key, one);
        }
      };
      try {
        await Promise.all(taken.map(({ one }) => one.ready));
      } catch (error) {
        release();
        throw error;
      }
      const files = taken.map(({ one: { path }, version: { table, version } }) => ({ table, version, path }));
      return { files, release };
    },
    forget(jobId) {
      for (const key of held.keys()) if (key.startsWith(`${jobId}/`)) held.delete(key);
    },
  };
}

async function fetchVersion(blobs: BlobStore, wanted: TableVersion, folder: string, path: string): Promise<void> {
  const { table, version, blob } = wanted;
  const contents = await blobs.get(blob);
  if (createHash('sha256').update(contents).digest('hex') !== version) {
    throw new MillraceError('BLOB_CORRUPT', `blob ${blob} is not the version of the table ${table} that was stored`, {
      hint: 'restore the store from a good copy, or delete the job and start it anew',
      details: { blob, version, bytes: contents.byteLength },
    });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(path, contents);
}
