import { csvHeader, type EmbeddedTablePlan, isEmbedded, type SourceColumn, type TablePlan } from '../plan/index.ts';
import { isFetched, type TableSpec } from '../spec/job-spec.ts';
import type { SqlFrontend, TableFault } from './frontend.ts';
import type { SpecText } from './query-texts.ts';
import type { Refusal } from './refusal.ts';
import { sourceColumn, tableRelation } from './source-columns.ts';

/** A table as lanes load it. */
export function planTable(table: TableSpec): TablePlan {
  const { name, columns } = table;
  const known = { name, relation: tableRelation(name), columns: columns.map(sourceColumn) };
  return isFetched(table)
    ? { ...known, origin: table.origin.kind }
    : { ...known, format: table.format, text: table.text };
}

/** Rows that are not as the tables declare them: the first of each table. */
export async function checkTables(
  tables: readonly TableSpec[],
  texts: readonly SpecText[],
  frontend: SqlFrontend,
): Promise<Refusal[]> {
  const found: Refusal[] = [];
  for (const [index, spec] of tables.entries()) {
    const table = planTable(spec);
    // What the driver reads is looked at when it has read it.
    if (!isEmbedded(table)) continue;
    const text = texts[index]!;
    const wrong = table.format === 'csv' ? headerProblem(table) : null;
    const refusal = wrong ?? faultOf(table, spec.key ?? [], await frontend.tryTable(table, spec.key ?? []));
    if (refusal) found.push({ ...refusal, location: text.base + refusal.location });
  }
  return found;
}

type Found = { message: string; hint: string; location: number };

function headerProblem({ name, columns, text }: EmbeddedTablePlan): Found | null {
  const header = csvHeader(text);
  const missing = columns.find((column) => !header.includes(column.name));
  const twice = header.find((one, index) => header.indexOf(one) !== index);
  if (missing)
    return {
      message: `The header of the table ${name} has no column "${missing.name}".`,
      hint: `The first line of CSV names the columns, as written under columns; this one: ${header.join(', ')}.`,
      location: 0,
    };
  if (twice === undefined) return null;
  return {
    message: `The header of the table ${name} names "${twice}" twice.`,
    hint: 'Rename one of the columns.',
    location: 0,
  };
}

function faultOf(table: EmbeddedTablePlan, key: readonly string[], fault: TableFault | null): Found | null {
  if (fault === null) return null;
  if ('error' in fault) return rowProblem(table, fault.error);
  return { message: `The table ${table.name} ${keyFault(key, fault.keysTwice)}.`, hint: KEY_HINT, location: 0 };
}

export const keyFault = (key: readonly string[], twice: number): string =>
  `has ${twice} ${twice === 1 ? 'value' : 'values'} of its key ${key.join(', ')} in more than one row`;
export const KEY_HINT = 'Declare the columns that tell all rows apart, or leave key out.';

function rowProblem({ name, format, columns, text }: EmbeddedTablePlan, error: string): Found {
  const fault = rowFault(columns, error);
  // A value that never ends ends behind the last line.
  const line = Math.min(fault.line ?? 1, text.trimEnd().split('\n').length);
  const hint =
    format === 'csv'
      ? 'Values with commas or quotes stand in double quotes; an empty value is NULL.'
      : 'One object a line, or a list of objects, with values of the declared types.';
  const before = text
    .split('\n')
    .slice(0, line - 1)
    .join('\n');
  return {
    message: `Line ${line} of the table ${name} ${fault.what}.`,
    hint,
    location: line === 1 ? 0 : Buffer.byteLength(before) + 1,
  };
}

/** Where a row is not as declared, in words of our own, since DuckDB quotes the row, which may hold what came from the environment. */
export function rowFault(columns: readonly SourceColumn[], error: string): { line: number | null; what: string } {
  const line = / [Ll]ine:? (\d+)/.exec(error)?.[1];
  const column = columns.find((one) => error.includes(`converting column "${one.name}"`));
  const [, expected, there] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(error) ?? [];
  const what = column
    ? `has no ${column.jsonType} in the column "${column.name}"`
    : expected
      ? `has ${there} values, not ${expected}`
      : 'is not as the columns say';
  return { line: line === undefined ? null : Number(line), what };
}
