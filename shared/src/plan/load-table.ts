import type { TablePlan } from './job-plan.ts';

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Makes the relation of a table from a file that holds its text. Fails where a row is not as the columns say. */
export function loadTableSql(table: TablePlan, file: string): string {
  const items = table.columns.map((column) => `CAST(${column.expression} AS ${column.type}) AS ${name(column.name)}`);
  return `CREATE OR REPLACE TABLE ${name(table.relation)} AS SELECT ${items.join(', ')} FROM ${reader(table, file)}`;
}

function reader({ format, columns, text }: TablePlan, file: string): string {
  const types = new Map(columns.map((column) => [column.name, column.jsonType]));
  // Nothing is guessed: what a table holds may not depend on a sample of it.
  if (format === 'json')
    return `read_json(${literal(file)}, format='auto', records=true, columns=${struct([...types])})`;
  const read = csvHeader(text).map((one) => [one, types.get(one) ?? 'VARCHAR'] as const);
  const dialect = `auto_detect=false, header=true, delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false`;
  return `read_csv(${literal(file)}, ${dialect}, columns=${struct(read)})`;
}

const struct = (columns: readonly (readonly [string, string])[]): string =>
  `{${columns.map(([column, type]) => `${literal(column)}: ${literal(type)}`).join(', ')}}`;

/** Names in the first line of a CSV text, unquoted. */
export function csvHeader(text: string): string[] {
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 1);
  const fields = line.match(/(?<=^|,)("(?:[^"]|"")*"|[^,]*)(?=,|$)/g) ?? [];
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}
