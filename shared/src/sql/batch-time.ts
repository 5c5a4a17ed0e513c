import { type Expression, isColumnRef, isFunction, rewrite, visit } from './ast.ts';
import { call, cast, text } from './ast-build.ts';

const WITH_ZONE = 'TIMESTAMP WITH TIME ZONE';

/** Functions of the present moment, with the type of their answer. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  now: WITH_ZONE,
  get_current_timestamp: WITH_ZONE,
  transaction_timestamp: WITH_ZONE,
  today: 'DATE',
  current_date: 'DATE',
  get_current_time: 'TIME WITH TIME ZONE',
  current_localtimestamp: 'TIMESTAMP',
  current_localtime: 'TIME',
};

/** The same, written without parentheses. */
const VALUES: Readonly<Record<string, string>> = {
  current_timestamp: WITH_ZONE,
  current_date: 'DATE',
  current_time: 'TIME WITH TIME ZONE',
  localtimestamp: 'TIMESTAMP',
  localtime: 'TIME',
};

/** Names that would be moments again, were a column of a relation inside of the query called so. */
export const MOMENT_NAMES: readonly string[] = Object.keys(VALUES);

/** Type of the moment that `node` asks for, or null when it asks for none. Columns of these names come first. */
export function momentType(node: Expression, columnNames: ReadonlySet<string>): string | null {
  if (isFunction(node) && node.children.length === 0) return FUNCTIONS[node.function_name.toLowerCase()] ?? null;
  if (!isColumnRef(node) || node.column_names.length !== 1) return null;
  const name = node.column_names[0]!.toLowerCase();
  return columnNames.has(name) ? null : (VALUES[name] ?? null);
}

/** The present moment of a query is the time of its batch: equal in every task and every replay. */
export function useBatchTime<T>(tree: T, columnNames: ReadonlySet<string>): T {
  return rewrite(tree, (node) => {
    const type = momentType(node, columnNames);
    if (type === null) return null;
    const moment = cast(call('getvariable', text('batch_time')), 'TIMESTAMP');
    // Through TIMESTAMP WITH TIME ZONE, because there is no direct way to the time of day with a zone.
    const zoned = type === 'TIME WITH TIME ZONE' ? cast(moment, WITH_ZONE) : moment;
    const value = type === 'TIMESTAMP' ? moment : cast(zoned, type);
    return { ...value, alias: node.alias };
  });
}

/** The first expression in `tree` that asks for the present moment. */
export function findMoment(tree: unknown, columnNames: ReadonlySet<string>): Expression | null {
  let found: Expression | null = null;
  visit(tree, (node) => {
    if (found === null && momentType(node, columnNames) !== null) found = node;
    return undefined;
  });
  return found;
}
