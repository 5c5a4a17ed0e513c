import { MillraceError } from '@millrace/shared/errors';

/** What Hive, and all that read its folders, take for NULL. */
const NULL_NAME = '__HIVE_DEFAULT_PARTITION__';

/** Of one name, in file systems. Bytes. */
const NAME_BYTES_MAX = 255;

/** `column=value/column=value`, as Hive names partitions. Whatever a value holds, it is one name. QUERY_FAILED when one is too long. */
export function partitionFolder(columns: readonly string[], values: readonly (string | null)[]): string {
  return columns.map((column, index) => nameOf(column, values[index] ?? null)).join('/');
}

function nameOf(column: string, value: string | null): string {
  const name = `${escaped(column)}=${value === null ? NULL_NAME : escapedValue(value)}`;
  if (name.length <= NAME_BYTES_MAX) return name;
  throw new MillraceError(
    'QUERY_FAILED',
    `A value of ${column} is too long to name a folder of files: ${name.slice(0, 60)}…`,
    {
      hint: `A name has ${NAME_BYTES_MAX} bytes at most, letters that are escaped take three or more: partition by something shorter, such as left(${column}, 20).`,
    },
  );
}

/** The text of what stands for NULL must not. */
const escapedValue = (value: string): string =>
  value === NULL_NAME ? escaped(value).replace('_', '%5F') : escaped(value);

/** Letters, digits, `-`, `_` and `.` stay: no name has a slash, a control character, or what a pattern of names means. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!~*'()]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
