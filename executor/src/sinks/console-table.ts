/** Wider cells are cut, so that one long text does not push the others off the screen. Characters. */
const CELL_CHARS_MAX = 60;

const RULE = '-'.repeat(43);

/** A batch as a table for people, with Spark's header. `rowsTotal` counts those that are not shown as well. */
export function consoleTable(batch: {
  batchId: number;
  /** Of several. */
  output?: string | undefined;
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  rowsTotal: number;
}): string {
  const { batchId, output, columns, rows, rowsTotal } = batch;
  const lines = [columns.map(printable), ...rows.map((row) => row.map(cellText))];
  const numeric = columns.map((_, column) => rows.every((row) => row[column] === null || isNumber(row[column])));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => charsOf(line[column] ?? ''))));
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const [head, ...body] = lines.map(
    (line) => `| ${widths.map((width, at) => pad(line[at] ?? '', width, numeric[at])).join(' | ')} |`,
  );
  const table = columns.length === 0 ? [] : [border, head, border, ...body, ...(body.length > 0 ? [border] : [])];
  return [
    RULE,
    `Batch: ${batchId}${output === undefined ? '' : ` of ${output}`}`,
    RULE,
    ...table,
    ...footer(rows.length, rowsTotal),
    '',
  ].join('\n');
}

function footer(shown: number, total: number): string[] {
  if (total === 0) return ['no rows'];
  return shown < total ? [`${shown} of ${total} rows shown`] : [];
}

/** Exact numbers (DECIMAL, HUGEINT) come as text that looks like a number: they align as numbers do. */
function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return charsOf(text) <= CELL_CHARS_MAX ? text : `${[...text].slice(0, CELL_CHARS_MAX - 1).join('')}…`;
}

/** Data must not steer the terminal it is shown on. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

const charsOf = (text: string) => [...text].length;

function pad(text: string, width: number, right: boolean | undefined): string {
  const space = ' '.repeat(width - charsOf(text));
  return right ? space + text : text + space;
}
