import { batchText } from './job-list.ts';
import { count } from './quantities.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export type StateRows = { batchId: number; columns: readonly string[]; rows: readonly unknown[][]; truncated: boolean };

/** Rows of a state query as a table, numbers to the right; below it how many there are and of which batch. */
export function renderStateRows({ batchId, columns, rows, truncated }: StateRows, style: Style): string {
  const numeric = columns.map((_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index])));
  const heads = columns.map((title, index) => ({
    title,
    align: numeric[index] ? ('right' as const) : ('left' as const),
  }));
  const cells = rows.map((row) => columns.map((_, index) => cellText(row[index], style)));
  const more = truncated ? ', more were left out (--max-rows)' : '';
  const rowCount = `${count(rows.length)} row${rows.length === 1 ? '' : 's'}${more}`;
  return `${renderTable(heads, cells, style)}${style.dim(`${rowCount}; state after batch ${batchText(batchId)}`)}\n`;
}

/** Numbers too big for JavaScript travel as text. */
function isNumber(value: unknown): boolean {
  return value === null || typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

function cellText(value: unknown, style: Style): string {
  if (value === null || value === undefined) return style.dim('NULL');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
