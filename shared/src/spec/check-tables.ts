import type { Check } from './check-columns.ts';
import { checkColumnNames, reportTwins } from './check-columns.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import { TABLES_BYTES_MAX } from './yaml-text.ts';

const CONTENTS = ['csv', 'json', 'file'];

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
  if (only === undefined) check.report(path, `the table ${name} has no rows`, 'Give csv, json or file.', true);
  else if (given.length > 1)
    check.report(path, `the table ${name} has ${given.join(' and ')}`, 'Give exactly one of them.', true);
  else if (only === 'file')
    check.report(
      [...path, 'file'],
      'a file is read by the command line when it submits a spec, and this spec came another way',
      'Submit it with millrace submit, or put the rows into csv or json.',
    );
  else if (table.format !== undefined && table.format !== only)
    check.report([...path, 'format'], `format and ${only} do not agree`, 'Leave format out.', true);
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

export const TOO_LARGE_HINT = 'Put what is larger into a topic, and join with that.';
