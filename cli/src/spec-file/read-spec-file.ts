import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/shared/errors';
import type { CliContext } from '../cli-context.ts';

/** A spec as it was written, and the name messages give it. */
export type SpecFile = { text: string; fileName: string };

const STANDARD_INPUT = '-';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you are not allowed to read it',
};

/** INVALID_ARGUMENT when it cannot be read. `-` is standard input. */
export async function readSpecFile(context: CliContext, path: string): Promise<SpecFile> {
  if (path === STANDARD_INPUT) return { text: await context.stdin.readAll(), fileName: '<stdin>' };
  try {
    return { text: await readFile(path, 'utf8'), fileName: path };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new MillraceError('INVALID_ARGUMENT', `cannot read ${path}: ${REASONS[code] ?? String(cause)}`, {
      hint: 'name a job spec in YAML or JSON, or - for standard input',
      cause,
    });
  }
}
