import type { SpecPath } from './spec-path.ts';
import type { SpecSource } from './spec-source.ts';

export type Report = (path: SpecPath, message: string, hint: string, atKey?: boolean) => void;
export type Check = { source: SpecSource; report: Report };

const COLUMN_NAME_LENGTH_MAX = 255;

/** SQL does not tell names apart by case. */
export function reportTwins(check: Check, path: SpecPath, names: readonly string[], what: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const twin = seen.get(name.toLowerCase());
    if (twin === undefined) seen.set(name.toLowerCase(), name);
    else
      check.report(
        [...path, name],
        `the ${what} "${name}" differs from "${twin}" only by case`,
        'SQL takes them for one: rename it.',
        true,
      );
  }
}

/** Names of declared columns, whatever their types. */
export function checkColumnNames(check: Check, path: SpecPath, columns: Record<string, unknown>): void {
  const names = Object.keys(columns);
  if (names.length === 0) check.report(path, 'columns is empty', 'Declare at least one field and its type.');
  reportTwins(check, path, names, 'column');
  for (const name of names) checkColumnName(check, [...path, name], name);
}

function checkColumnName(check: Check, path: SpecPath, name: string): void {
  const refuse = (message: string, hint: string) => check.report(path, message, hint, true);
  if (name.startsWith('__')) {
    refuse(
      `the column "${name}" starts with "__"`,
      'Such names are kept for Millrace: rename the field where it is produced.',
    );
  } else if (name === '' || name.length > COLUMN_NAME_LENGTH_MAX || /[\p{Cc}"]/u.test(name)) {
    refuse(
      'this is no name for a column',
      `1 to ${COLUMN_NAME_LENGTH_MAX} characters, without double quotes and control characters.`,
    );
  }
}
