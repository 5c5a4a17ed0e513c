import type { Column } from '../plan/index.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import type { SelectNode } from './ast.ts';
import { fromSqlError } from './binder-problem.ts';
import type { SqlError, SqlFrontend } from './frontend.ts';
import { identifier } from './quote.ts';
import type { Refusal } from './refusal.ts';
import { readFromTables, type SourceTable, sourceTables } from './source-columns.ts';
import { selectText } from './sql-text.ts';
import { expandWindows, type WindowScope } from './windows.ts';

/** Lets DuckDB bind a whole query: the names and types of its columns, or what is wrong with it. */
export async function bindQuery(
  resolved: SelectNode,
  spec: JobSpec,
  windows: WindowScope,
  frontend: SqlFrontend,
): Promise<{ columns: Column[] } | { refusals: Refusal[] }> {
  // All declared columns stand in the tables, so that hints can name them.
  const tables = sourceTables(spec, resolved);
  const tree = expandWindows(readFromTables(resolved, tables), windows);
  const text = await selectText(tree, frontend);
  const bound = await frontend.describe(
    tables.map(({ ddl }) => ddl),
    text,
  );
  if (!bound.ok) return { refusals: await bindingProblems(bound.error, tables, text, tree, frontend) };
  return { columns: bound.columns };
}

/** Unknown columns that are told of at once; a query with more has been written for another source. */
const UNKNOWN_COLUMNS_MAX = 20;

/** Types that a column might have had, by how much DuckDB forgives them. */
const TYPES_GUESSED = ['VARCHAR', 'BIGINT', 'TIMESTAMP', 'BOOLEAN'];

/**
 * What DuckDB finds wrong, and which other columns there are not: it names one at a time, so the table is given each of
 * them, under types that are guessed, until nothing is missing. What it says of those types is left out.
 */
async function bindingProblems(
  first: SqlError,
  tables: readonly SourceTable[],
  text: string,
  tree: SelectNode,
  frontend: SqlFrontend,
): Promise<Refusal[]> {
  const problems: Refusal[] = [];
  let ddl = tables.map((table) => table.ddl);
  const [only, ...others] = tables;
  let error: SqlError | null = first;
  while (error !== null && problems.length < UNKNOWN_COLUMNS_MAX) {
    problems.push(await fromSqlError(error, text, tree, frontend));
    const { kind, name }: SqlError = error;
    error = null;
    // With several relations there is no telling whose it was to be.
    if (kind !== 'COLUMN_NOT_FOUND' || name === null || only === undefined || others.length > 0) break;
    for (const type of TYPES_GUESSED) {
      const guessed = [...ddl, `ALTER TABLE ${identifier(only.relation)} ADD COLUMN ${identifier(name)} ${type}`];
      const again = await frontend.describe(guessed, text);
      if (again.ok) break;
      if (again.error.kind !== 'COLUMN_NOT_FOUND' || again.error.name === name) continue;
      ddl = guessed;
      error = again.error;
      break;
    }
  }
  return problems;
}

/** Names that the output of a job cannot have. */
export function refuseNames(columns: readonly Column[]): Refusal[] {
  const seen = new Set<string>();
  const refusals: Refusal[] = [];
  for (const { name } of columns) {
    const key = name.toLowerCase();
    if (seen.has(key))
      refusals.push({
        message: `Two output columns are named "${name}".`,
        hint: 'Name one of them with AS.',
        location: null,
      });
    if (key.startsWith('__'))
      refusals.push({
        message: `The output column "${name}" begins with "__", which Millrace keeps for itself.`,
        hint: 'Name it with AS.',
        location: null,
      });
    seen.add(key);
  }
  return refusals;
}
