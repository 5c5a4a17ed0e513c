import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PreparedOutput } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { OutputPlan } from '@millrace/shared/plan';
import { STORE_OLDER_HINT } from '@millrace/shared/store';
import { z } from 'zod';
import type { EncodedOutput } from '../lanes/messages.ts';
import { errorCode, exists, makeDurableFolder, moveDurably, renameDurably, writeDurably } from './durable-file.ts';
import { detailOf, expectEncoding } from './encoded-output.ts';
import {
  batchOfStaged,
  type FileFormat,
  isManifest,
  manifestPath,
  manifestStagedPath,
  publishedPath,
  stagedPartPath,
  stagedPath,
  stagingFolder,
} from './file-layout.ts';
import type { PrepareContext, PublishBatch, Sink } from './sink.ts';

const MANIFEST_VERSION = 1;

/**
 * Null names: the task had no rows, there is no file. Both are relative to the sink's folder; with `parts`, one for each partition, to
 * its folder.
 */
const Detail = z.object({
  staged: z.string().nullable(),
  published: z.string().nullable(),
  parts: z.array(z.object({ partition: z.string(), rows: z.number(), bytes: z.number() })).optional(),
});
type Detail = z.infer<typeof Detail>;

const Manifest = z.object({
  version: z.literal(MANIFEST_VERSION),
  job: z.string(),
  batch: z.number(),
  /** In `complete` mode a batch replaces all earlier ones; in the others it adds to them. */
  mode: z.enum(['append', 'update', 'complete', 'changelog']),
  files: z.array(z.object({ path: z.string(), attempt: z.string(), rows: z.number(), bytes: z.number() })),
});
type Manifest = z.infer<typeof Manifest>;

/**
 * Files in a folder that all executors share. prepare moves the lane's file to the staging folder; publish moves the
 * committed ones to their final names and then writes the batch's manifest in one rename. Whoever reads the files that
 * manifests name sees every batch once, whole.
 */
export function createFileSink(
  name: string,
  options: { path: string; format: FileFormat; mode: OutputPlan['mode']; partitionBy?: string[] },
): Sink {
  const { path, format, mode, partitionBy = [] } = options;
  const guarded = <Result>(step: () => Promise<Result>) =>
    step().catch((error: unknown) => Promise.reject(asSinkError(path, error)));
  return {
    name,
    guarantee: { delivery: 'exactlyOnce', because: 'a batch is what its manifest lists, and that is written once' },
    encoding: async () => ({ kind: 'file', format, ...(partitionBy.length > 0 && { partitionBy }) }),
    prepare: (context, encoded) =>
      guarded(async () => {
        const file = encoded.kind === 'partitions' ? encoded : expectEncoding(encoded, 'file');
        await assertUnpublished(path, context.batchId);
        const detail = await stage(path, format, context, file);
        const { attemptId } = context;
        return {
          sink: name,
          attempt: attemptId,
          rows: file.rows,
          bytes: file.bytes,
          detailJson: JSON.stringify(detail),
        };
      }),
    publish: (batch, prepared) =>
      guarded(async () => {
        await publishBatch(path, batch, manifestOf(batch, mode, prepared), prepared);
        await sweepStaging(path, batch);
        return { text: '' };
      }),
    discard: (prepared) =>
      guarded(async () => {
        for (const { staged } of prepared.flatMap(filesOf)) await rm(join(path, staged), { force: true });
      }),
    close: async () => {},
  };
}

/** Output is prepared before its batch is committed, and a manifest is written after: the store has forgotten that commit. */
async function assertUnpublished(root: string, batchId: number): Promise<void> {
  const at = join(root, manifestPath(batchId));
  if (!(await exists(at))) return;
  throw new MillraceError('STORE_CORRUPT', `${at} shows batch ${batchId}, which the store has not committed yet`, {
    hint: `Either another job has written to this folder: give each job one of its own, and a new one to a job that was deleted and starts again. Or the store was rolled back. ${STORE_OLDER_HINT}`,
    details: { batch: batchId },
  });
}

async function stage(
  root: string,
  format: FileFormat,
  context: PrepareContext,
  file: Extract<EncodedOutput, { kind: 'file' | 'partitions' }>,
): Promise<Detail> {
  if (file.rows === 0) {
    await rm(file.path, { force: true });
    return { staged: null, published: null };
  }
  const names = {
    staged: stagedPath(context.jobId, context.attemptId, format),
    published: publishedPath(context, format),
  };
  if (file.kind === 'file') {
    await moveDurably(file.path, join(root, names.staged));
    return names;
  }
  for (const [index, { path }] of file.files.entries())
    await moveDurably(path, join(root, stagedPartPath(names.staged, index)));
  await rm(file.path, { recursive: true, force: true });
  return { ...names, parts: file.files.map(({ partition, rows, bytes }) => ({ partition, rows, bytes })) };
}

type PreparedFile = { staged: string; published: string; rows: number; bytes: number; attempt: string };

/** Relative to the sink's folder. */
function filesOf(output: PreparedOutput): PreparedFile[] {
  const { staged, published, parts } = detailOf(output, Detail);
  const { attempt, rows, bytes } = output;
  if (staged === null || published === null) return [];
  if (parts === undefined) return [{ staged, published, rows, bytes, attempt }];
  return parts.map(({ partition, ...size }, index) => ({
    ...{ staged: stagedPartPath(staged, index), published: `${partition}/${published}`, attempt },
    ...size,
  }));
}

function manifestOf(batch: PublishBatch, mode: OutputPlan['mode'], prepared: readonly PreparedOutput[]): Manifest {
  const files = prepared
    .flatMap(filesOf)
    .map(({ published: path, attempt, rows, bytes }) => ({ path, attempt, rows, bytes }));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { version: MANIFEST_VERSION, job: batch.jobId, batch: batch.batchId, mode, files };
}

/** Order: files under their final names, which nobody reads yet; then the manifest, which makes them count. */
async function publishBatch(
  root: string,
  batch: PublishBatch,
  manifest: Manifest,
  prepared: readonly PreparedOutput[],
): Promise<void> {
  const at = join(root, manifestPath(batch.batchId));
  const written = await readManifest(at);
  if (written !== null) return assertSame(at, written, manifest);
  const files = prepared.flatMap(filesOf);
  for (const folder of new Set(files.map(({ published }) => dirname(published))))
    await makeDurableFolder(join(root, folder));
  for (const { staged, published, attempt } of files) await reveal(join(root, staged), join(root, published), attempt);
  const { driverEpoch } = batch.executors;
  const writing = manifestStagedPath(batch.jobId, { driverEpoch, batchId: batch.batchId }, randomUUID());
  await writeDurably(at, `${JSON.stringify(manifest, null, 2)}\n`, join(root, writing));
}

/** A crash between renames leaves some files at their final names already. */
async function reveal(staged: string, published: string, attempt: string): Promise<void> {
  try {
    await renameDurably(staged, published);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    if (await exists(published)) return;
    throw new MillraceError('BLOB_LOST', `the staged output of attempt ${attempt} is gone`, {
      hint: 'do all executors see the same folder? Restore the file, or delete the job and start it anew',
      details: { staged, published },
    });
  }
}

async function readManifest(path: string): Promise<Manifest | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const parsed = Manifest.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new MillraceError('STORE_CORRUPT', `${path} is not a manifest of this Millrace`, { cause: parsed.error });
}

/** Another outcome under the same batch number: the store was rolled back, or two jobs write to one folder. */
function assertSame(path: string, written: Manifest, manifest: Manifest): void {
  if (JSON.stringify(written) === JSON.stringify(manifest)) return;
  throw new MillraceError('STORE_CORRUPT', `${path} already lists another outcome of batch ${manifest.batch}`, {
    hint: 'give each job a folder of its own, and a new one to a job that was deleted and starts again, or whose store was restored from a backup',
    details: { job: written.job, batch: written.batch },
  });
}

/**
 * What attempts that lost, or died, left behind: nothing of a published batch is staged any more, but a manifest of it, by
 * somebody who publishes it at the same time.
 */
async function sweepStaging(root: string, batch: PublishBatch): Promise<void> {
  const folder = join(root, stagingFolder(batch.jobId));
  if (!(await exists(folder))) return;
  for (const file of await readdir(folder)) {
    const of = batchOfStaged(file);
    const isOver = of !== null && (of < batch.batchId || (of === batch.batchId && !isManifest(file)));
    if (isOver) await rm(join(folder, file), { force: true });
  }
}

function asSinkError(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError(
    'SINK_UNAVAILABLE',
    `cannot write to ${path}: ${error instanceof Error ? error.message : error}`,
    {
      hint: 'the folder must be writable for every executor and have space left',
      cause: error,
      details: { path },
    },
  );
}
