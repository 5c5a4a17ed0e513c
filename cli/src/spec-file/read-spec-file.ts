import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { embedTableFiles, type SpecProblem } from '@millrace/shared/spec';
import type { CliContext } from '../cli-context.ts';
import { tableFilesIn } from './read-table-file.ts';

export type SpecFile = {
  /** With the rows of tables in the place of their files' names: what is compiled and sent. */
  text: string;
  /** As it was written; its lines have the same numbers. */
  written: string;
  /** What messages call it. */
  fileName: string;
  /** Files of tables that cannot be had. */
  problems: SpecProblem[];
};

const STANDARD_INPUT = '-';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you are not allowed to read it',
};

/** INVALID_ARGUMENT when it cannot be read. `-` is standard input. */
export async function readSpecFile(context: CliContext, path: string): Promise<SpecFile> {
  const { written, fileName } = await readWritten(context, path);
  const folder = path === STANDARD_INPUT ? '.' : dirname(path);
  const embedded = await embedTableFiles(written, fileName, context.env, tableFilesIn(folder));
  return { ...embedded, written, fileName };
}

async function readWritten(context: CliContext, path: string): Promise<Pick<SpecFile, 'written' | 'fileName'>> {
  if (path === STANDARD_INPUT) return { written: await context.stdin.readAll(), fileName: '<stdin>' };
  try {
    return { written: await readFile(path, 'utf8'), fileName: path };
  } catch (cause) {
    throw new MillraceError('INVALID_ARGUMENT', `cannot read ${path}: ${whyUnreadable(cause)}`, {
      hint: 'name a job spec in YAML or JSON, or - for standard input',
      cause,
    });
  }
}

export const whyUnreadable = (cause: unknown): string =>
  REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? String(cause);
