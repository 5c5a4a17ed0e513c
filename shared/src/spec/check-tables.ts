import { isStorable } from '../plan/parquet-form.ts';
import type { Check } from './check-columns.ts';
import { checkColumnNames, reportTwins } from './check-columns.ts';
import { readColumnType } from './column-type.ts';
import { nearest } from './did-you-mean.ts';
import { readPostgresUrl } from './postgres-url.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import { formatOfFile } from './table-limits.ts';
import { TABLES_BYTES_MAX } from './yaml-text.ts';

/** Where the rows of a table come from. */
const CONTENTS = ['csv', 'json', 'file', 'postgres', 'kafka'];
/** Those that are read again and again. */
const FETCHED = ['postgres', 'kafka'];

export function checkTables(check: Check): void {
  const tables = valueAt(check.source.value, ['tables']);
  if (!isMap(tables)) return;
  const names = Object.keys(tables);
  reportTwins(check, ['tables'], names, 'relation');
  reportTaken(check, 'table', names, ['sources']);
  for (const name of names) {
    const table = tables[name];
    if (!isMap(table)) continue;
    if (isMap(table.columns)) checkColumnNames(check, ['tables', name, 'columns'], table.columns);
    checkContent(check, ['tables', name], table);
    checkKey(check, ['tables', name], table);
  }
  checkSize(check, tables);
}

export function checkViews(check: Check): void {
  const views = valueAt(check.source.value, ['views']);
  if (!isMap(views)) return;
  const names = Object.keys(views);
  reportTwins(check, ['views'], names, 'relation');
  reportTaken(check, 'view', names, ['sources', 'tables']);
}

/** In a query a name stands for one relation. */
function reportTaken(check: Check, what: 'table' | 'view', names: readonly string[], others: readonly string[]): void {
  for (const other of others) {
    const map = valueAt(check.source.value, [other]);
    if (!isMap(map)) continue;
    const taken = Object.keys(map).map((name) => name.toLowerCase());
    for (const name of names.filter((one) => taken.includes(one.toLowerCase())))
      check.report(
        [`${what}s`, name],
        `the ${what} "${name}" has the name of a ${other.slice(0, -1)}`,
        'A query could not tell them apart: rename one of them.',
        true,
      );
  }
}

function checkContent(check: Check, path: SpecPath, table: Record<string, unknown>): void {
  const given = CONTENTS.filter((key) => table[key] !== undefined);
  const [only] = given;
  const name = path.at(-1);
  if (only === undefined)
    check.report(path, `the table ${name} has no rows`, `Give one of ${CONTENTS.join(', ')}.`, true);
  else if (given.length > 1)
    check.report(path, `the table ${name} has ${given.join(' and ')}`, 'Give exactly one of them.', true);
  else if (FETCHED.includes(only) || (only === 'file' && table.refreshInterval !== undefined))
    checkFetched(check, path, table, only);
  else checkEmbedded(check, path, table, only);
}

function checkEmbedded(check: Check, path: SpecPath, table: Record<string, unknown>, only: string): void {
  if (only === 'file')
    check.report(
      [...path, 'file'],
      'a file is read by the command line when it submits a spec, and this spec came another way',
      'Submit it with millrace submit, put the rows into csv or json, or let the driver read it: refreshInterval.',
    );
  // Rows of a Parquet file come as JSON.
  else if (
    table.format !== undefined &&
    table.format !== (only === 'json' && table.format === 'parquet' ? 'parquet' : only)
  )
    check.report([...path, 'format'], `format and ${only} do not agree`, 'Leave format out.', true);
  for (const key of ['refreshInterval', 'sizeMax'])
    if (table[key] !== undefined)
      check.report([...path, key], `rows that are a part of the spec have no ${key}`, `Leave ${key} out.`, true);
}

function checkFetched(check: Check, path: SpecPath, table: Record<string, unknown>, only: string): void {
  if (only !== 'file') {
    if (table.format !== undefined)
      check.report([...path, 'format'], `only a file has a format`, 'Leave format out.', true);
  } else if (typeof table.file === 'string' && table.format === undefined && formatOfFile(table.file) === undefined)
    check.report([...path, 'file'], UNKNOWN_FORMAT.message, UNKNOWN_FORMAT.hint);
  const url = valueAt(table, ['postgres', 'url']);
  const address = typeof url === 'string' ? readPostgresUrl(url) : null;
  if (address?.ok === false)
    check.report([...path, 'postgres', 'url'], `the URL cannot be used: ${address.message}`, POSTGRES_URL_HINT);
  const { columns } = table;
  if (!isMap(columns)) return;
  for (const [name, type] of Object.entries(columns)) {
    const read = typeof type === 'string' ? readColumnType(type) : null;
    if (!read?.ok || isStorable(read.type)) continue;
    check.report(
      [...path, 'columns', name],
      `a table that is read again and again cannot hold ${read.type}`,
      'Declare HUGEINT as DECIMAL(38,0) and INTERVAL as VARCHAR within lists, structs and maps.',
    );
  }
}

const POSTGRES_URL_HINT =
  'Write postgres://user:password@host:port/database, and ?sslmode=require or verify-full for TLS.';

/** As a message about the file of a table. */
export const UNKNOWN_FORMAT = {
  message: "the format of the table's file is not known",
  hint: 'Add format: csv, json or parquet.',
};

function checkKey(check: Check, path: SpecPath, { key, columns }: Record<string, unknown>): void {
  const names = [key].flat().filter((name) => typeof name === 'string');
  if (!isMap(columns)) return;
  const declared = Object.keys(columns);
  for (const [index, name] of names.entries()) {
    const same = (other: string) => other.toLowerCase() === name.toLowerCase();
    if (names.findIndex(same) !== index) check.report([...path, 'key'], `${name} is there twice`, 'Name it once.');
    else if (!declared.some(same)) {
      const near = nearest(name, declared);
      const hint = near === undefined ? 'Name columns of the table.' : `Did you mean "${near}"?`;
      check.report([...path, 'key'], `the column "${name}" is not declared`, hint);
    }
  }
}

function checkSize(check: Check, tables: Record<string, unknown>): void {
  const texts = Object.values(tables).flatMap((table) => (isMap(table) ? [table.csv, table.json] : []));
  const bytes = texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);
  if (bytes <= TABLES_BYTES_MAX) return;
  check.report(
    ['tables'],
    `the tables have ${bytes} bytes; at most ${TABLES_BYTES_MAX} are kept`,
    TOO_LARGE_HINT,
    true,
  );
}

export const TOO_LARGE_HINT =
  'Let the driver read what is larger: from postgres, a topic, or a file with refreshInterval.';
