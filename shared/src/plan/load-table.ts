import type { EmbeddedTablePlan, FetchedTablePlan, SourceColumn } from './job-plan.ts';
import { fromParquet } from './parquet-form.ts';

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Makes the relation of a table from a file that holds its text. Fails where a row is not as the columns say. */
export function loadTableSql(table: EmbeddedTablePlan, file: string): string {
  return `CREATE OR REPLACE TABLE ${name(table.relation)} AS ${readTableSql(table, file, csvHeader(table.text))}`;
}

/** SELECT of the declared columns over a file of rows. `header`: the names in the first line of CSV. */
export function readTableSql(
  { columns, format }: { columns: readonly SourceColumn[]; format: RowFormat },
  file: string,
  header: readonly string[],
): string {
  const items = columns.map((column) => `CAST(${column.expression} AS ${column.type}) AS ${name(column.name)}`);
  const types = new Map(columns.map((column) => [column.name, column.jsonType]));
  return `SELECT ${items.join(', ')} FROM ${reader(format, types, file, header)}`;
}

/**
 * `json`: one object a line, or a list of them. `ndjson`: the former alone. `keyed`: in each line what is read of the key, those
 * columns, and what is read of the value.
 */
export type RowFormat = 'csv' | 'json' | 'ndjson' | 'parquet' | { keyed: readonly string[] };

/** Names in a line of `keyed` rows. */
export const KEYED_FIELDS = { key: '__key', value: '__value' } as const;

/** Makes a table of a version of a fetched table. */
export const loadVersionSql = ({ columns }: FetchedTablePlan, table: string, file: string): string =>
  `CREATE OR REPLACE TABLE ${name(table)} AS SELECT ${columns.map((column) => fromParquet(name(column.name), column.type)).join(', ')} FROM read_parquet(${literal(file)})`;

/** SELECT of one BIGINT: how many values of a key are in more than one row of a relation. */
export const keysTwiceSql = (relation: string, key: readonly string[]): string =>
  `SELECT count(*) FROM (SELECT 1 FROM ${name(relation)} GROUP BY ${key.map(name).join(', ')} HAVING count(*) > 1)`;

function reader(
  format: RowFormat,
  types: ReadonlyMap<string, string>,
  file: string,
  header: readonly string[],
): string {
  if (format === 'parquet') return `read_parquet(${literal(file)})`;
  // Nothing is guessed: what a table holds may not depend on a sample of it.
  if (typeof format === 'object') return keyedReader(format.keyed, types, file);
  if (format !== 'csv') {
    const lines = format === 'json' ? 'auto' : 'newline_delimited';
    return `read_json(${literal(file)}, format='${lines}', records=true, columns=${struct([...types])})`;
  }
  const read = header.map((one) => [one, types.get(one) ?? 'VARCHAR'] as const);
  const dialect = `auto_detect=false, header=true, delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false`;
  return `read_csv(${literal(file)}, ${dialect}, columns=${struct(read)})`;
}

function keyedReader(keyColumns: readonly string[], types: ReadonlyMap<string, string>, file: string): string {
  const all = [...types];
  const parts = [
    { field: KEYED_FIELDS.key, columns: all.filter(([column]) => keyColumns.includes(column)) },
    { field: KEYED_FIELDS.value, columns: all.filter(([column]) => !keyColumns.includes(column)) },
  ].filter(({ columns }) => columns.length > 0);
  const items = parts.flatMap(({ field, columns }) => columns.map(([column]) => `${field}.${name(column)}`));
  const read = parts.map(({ field, columns }) => {
    const fields = columns.map(([column, type]) => `${name(column)} ${type}`);
    return [field, `STRUCT(${fields.join(', ')})`] as const;
  });
  return `(SELECT ${items.join(', ')} FROM read_json(${literal(file)}, format='newline_delimited', records=true, columns=${struct(read)}))`;
}

const struct = (columns: readonly (readonly [string, string])[]): string =>
  `{${columns.map(([column, type]) => `${literal(column)}: ${literal(type)}`).join(', ')}}`;

/** Names in the first line of a CSV text, unquoted. */
export function csvHeader(text: string): string[] {
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 1);
  const fields = line.match(/(?<=^|,)("(?:[^"]|"")*"|[^,]*)(?=,|$)/g) ?? [];
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}
