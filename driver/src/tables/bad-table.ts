import { MillraceError } from '@millrace/shared/errors';
import { type FetchedTable, formatSize } from '@millrace/shared/spec';

/** Trying again is of no use until somebody has changed the rows or the spec. */
export const badTable = (name: string, what: string, hint: string, cause?: unknown): MillraceError =>
  new MillraceError('BAD_TABLE', `the table ${name} ${what}`, { hint, details: { table: name }, cause });

/** Counts what is read of a table; more than it may have is an error. */
export function createSizeGuard({ name, bytesMax }: Pick<FetchedTable, 'name' | 'bytesMax'>) {
  return (bytes: number): void => {
    if (bytes <= bytesMax) return;
    const hint = `read fewer rows or columns, or raise sizeMax of tables.${name}; every lane holds the table in memory`;
    throw badTable(name, `has more than ${formatSize(bytesMax)}`, hint);
  };
}
