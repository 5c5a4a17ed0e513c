import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FileProblem, type ReadTableFile, TABLES_BYTES_MAX, TOO_LARGE_HINT } from '@millrace/shared/spec';
import { parquetRows } from '@millrace/shared/sql';
import { whyUnreadable } from './read-spec-file.ts';

/** Reads files of tables, whose paths are seen from the folder of the spec. */
export function tableFilesIn(folder: string): ReadTableFile {
  return async (file, format, columns) => {
    const path = resolve(folder, file);
    try {
      const { size } = await stat(path);
      if (size > TABLES_BYTES_MAX) return tooLarge(`the file of the table has ${size} bytes`);
      if (format === 'parquet') return await readParquet(path, columns);
      return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
    } catch (cause) {
      const isText = !(cause instanceof TypeError);
      const why = isText ? whyUnreadable(cause) : 'it is no UTF-8';
      return { ok: false, message: `cannot read the file of the table: ${why}`, hint: HINT };
    }
  };
}

const HINT = 'Its path is seen from the folder of the spec.';

const tooLarge = (what: string): FileProblem => {
  return { ok: false, message: `${what}; all tables may have ${TABLES_BYTES_MAX}`, hint: TOO_LARGE_HINT };
};

async function readParquet(
  path: string,
  columns: readonly string[],
): Promise<{ ok: true; text: string } | FileProblem> {
  // Declared as none, which the spec is told for.
  if (columns.length === 0) return { ok: true, text: '' };
  const rows = await parquetRows(path, columns).catch(() => null);
  if (rows === null)
    return { ok: false, message: 'the file of the table is no Parquet', hint: 'Name its format: csv or json.' };
  if ('missing' in rows)
    return {
      ok: false,
      message: `the file of the table has no column "${rows.missing[0]}"`,
      hint: 'Declare columns as they are named there.',
    };
  const bytes = Buffer.byteLength(rows.text);
  return bytes > TABLES_BYTES_MAX
    ? tooLarge(`the rows of the table have ${bytes} bytes as JSON`)
    : { ok: true, ...rows };
}
