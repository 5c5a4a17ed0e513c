import { closeSync, ftruncateSync, openSync, rmSync, writevSync } from 'node:fs';
import { MillraceError } from '@millrace/shared/errors';
import type { RecordLines } from './slice-lines.ts';

/** Buffers per writev call: Linux takes no more (IOV_MAX). */
const VECTORS_MAX = 1024;

/** The scratch file that DuckDB reads lines from: one per job and lane, written over by each task. */
export type LineFile = {
  readonly path: string;
  /** Makes these buffers the whole content. Errors: SCRATCH_FULL. */
  write(buffers: readonly Buffer[]): void;
  /** Makes the lines the whole content; gives the longest stretch that may be one line, in bytes. */
  writeLines(lines: RecordLines): number;
  close(): void;
};

export function openLineFile(path: string): LineFile {
  const fd = openSync(path, 'w+', 0o600);

  function write(buffers: readonly Buffer[]): void {
    let position = 0;
    for (let at = 0; at < buffers.length; at += VECTORS_MAX) {
      position += writeFully(fd, buffers.slice(at, at + VECTORS_MAX), position);
    }
    // After writing, not before: the pages of the last task are used again instead of being freed and cleared.
    ftruncateSync(fd, position);
  }

  return {
    path,
    write,
    writeLines(lines) {
      const texts = lines.segments.map(({ text, textStart, textEnd }) => text!.subarray(textStart, textEnd));
      write(texts);
      return texts.reduce((longest, text) => Math.max(longest, text.length), 0);
    },
    close() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}

function writeFully(fd: number, buffers: readonly Buffer[], position: number): number {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  let written = 0;
  let left = [...buffers];
  while (written < total) {
    const bytes = writeSome(fd, left, position + written);
    written += bytes;
    if (written < total) left = withoutFirst(left, bytes);
  }
  return total;
}

function writeSome(fd: number, buffers: readonly Buffer[], position: number): number {
  try {
    const bytes = writevSync(fd, buffers, position);
    if (bytes > 0) return bytes;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
  throw new MillraceError('SCRATCH_FULL', 'The scratch folder has no room for the input of a task.', {
    hint: 'Give the executor a larger scratch folder, or lower limits.bytesPerBatch.',
  });
}

function withoutFirst(buffers: readonly Buffer[], bytes: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = bytes;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}
