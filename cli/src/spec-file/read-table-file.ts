import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ReadTableFile, TABLES_BYTES_MAX, TOO_LARGE_HINT } from '@millrace/shared/spec';
import { whyUnreadable } from './read-spec-file.ts';

/** Reads files of tables, whose paths are seen from the folder of the spec. */
export function tableFilesIn(folder: string): ReadTableFile {
  return async (file) => {
    const path = resolve(folder, file);
    try {
      const { size } = await stat(path);
      if (size > TABLES_BYTES_MAX) {
        const message = `the file of the table has ${size} bytes; all tables may have ${TABLES_BYTES_MAX}`;
        return { ok: false, message, hint: TOO_LARGE_HINT };
      }
      return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
    } catch (cause) {
      const isText = !(cause instanceof TypeError);
      const why = isText ? whyUnreadable(cause) : 'it is no UTF-8';
      return { ok: false, message: `cannot read the file of the table: ${why}`, hint: HINT };
    }
  };
}

const HINT = 'Its path is seen from the folder of the spec.';
