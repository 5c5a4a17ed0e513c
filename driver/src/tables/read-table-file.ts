import { copyFile, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import type { FetchedTable, TableOrigin } from '@millrace/shared/spec';
import { badTable, createSizeGuard } from './bad-table.ts';
import type { ReadRows } from './table-loader.ts';

type Origin = Extract<TableOrigin, { kind: 'file' }>;

/** A copy of the file, so that one that is replaced meanwhile is read whole. */
export async function readTableFile(
  { path: file, format }: Origin,
  table: Pick<FetchedTable, 'name' | 'bytesMax'>,
  { path, mark: before, tablesFolder }: { path: string; mark: string | null; tablesFolder: string | null },
): Promise<ReadRows | 'unchanged'> {
  const found = await placeOf(table.name, file, tablesFolder);
  const { size, mtimeMs, ino } = await asking(table.name, () => stat(found));
  createSizeGuard(table)(size);
  const mark = JSON.stringify([size, mtimeMs, ino]);
  if (mark === before) return 'unchanged';
  await asking(table.name, () => copyFile(found, path));
  return { path, format, mark, place: (line) => `line ${line} of the file` };
}

/** Submitted specs are not trusted: a file is looked for below one folder alone, wherever links lead. */
export async function checkTableFile({ path }: Origin, tablesFolder: string | null): Promise<void> {
  await placeOf('', path, tablesFolder);
}

async function placeOf(name: string, file: string, tablesFolder: string | null): Promise<string> {
  if (tablesFolder === null) {
    const hint =
      'start the driver with --tables <dir>, or leave refreshInterval out, so that the command line reads the file';
    throw badTable(name, 'is a file, and this driver reads none', hint);
  }
  const folder = await asking(name, () => realpath(tablesFolder));
  const wanted = resolve(folder, file);
  const outside = () =>
    badTable(
      name,
      'is a file outside of the folder of tables',
      'name it as it is seen from the --tables of the driver',
    );
  if (!wanted.startsWith(`${folder}${sep}`)) throw outside();
  const found = await asking(name, () => realpath(wanted));
  if (!found.startsWith(`${folder}${sep}`)) throw outside();
  if (!(await asking(name, () => stat(found))).isFile()) throw badTable(name, 'is no file', 'name a file');
  return found;
}

/** What a file system says passes: files are replaced, volumes come back. */
async function asking<T>(name: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw new MillraceError('TABLE_UNAVAILABLE', `the file of the table ${name} cannot be read: ${code}`, {
      hint: 'is it below the --tables of the driver, and may the driver read it?',
      details: { table: name },
    });
  }
}
