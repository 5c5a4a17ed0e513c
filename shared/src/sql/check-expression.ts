import { type Expression, type FunctionCall, isColumnRef, isFunction, locationOf, visit } from './ast.ts';
import { momentType } from './batch-time.ts';
import type { FunctionCatalog } from './frontend.ts';
import type { Refusal } from './refusal.ts';
import { SESSION_FUNCTIONS, SESSION_VALUES, STEADY_INSTEAD } from './unsupported-names.ts';

export type ExpressionScope = {
  catalog: FunctionCatalog;
  /** Lower-case names of all columns and aliases; they come before session values of the same name. */
  columnNames: ReadonlySet<string>;
};

/** What is not supported in an expression or a list of them; subqueries are judged by themselves. */
export function checkExpression(tree: unknown, scope: ExpressionScope): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (message: string, hint: string, at: Expression) => {
    found.push({ message, hint, location: locationOf(at) });
    return 'skip' as const;
  };
  visit(tree, (node) => {
    if (node.class === 'SUBQUERY') return 'skip';
    if (node.class === 'PARAMETER')
      return refuse('Parameters are not supported.', 'Write the value into the query.', node);
    if (isColumnRef(node) && node.column_names.length === 1) {
      const name = node.column_names[0]!.toLowerCase();
      const value = SESSION_VALUES.test(name) && !scope.columnNames.has(name);
      if (value)
        return refuse(`There is no column "${name}".`, 'DuckDB would read it as a value of the session.', node);
    }
    if (isFunction(node)) {
      const refused = judgeFunction(node, scope);
      if (refused) return refuse(refused[0], refused[1], node);
    }
    return undefined;
  });
  return found;
}

function judgeFunction(node: FunctionCall, scope: ExpressionScope): [string, string] | null {
  const name = node.function_name.toLowerCase();
  const { catalog } = scope;
  if (momentType(node, scope.columnNames) !== null) return null;
  if (node.catalog !== '' || !['', 'main', 'system'].includes(node.schema.toLowerCase())) {
    return [`${node.schema}.${name}: functions of other schemas are not supported.`, 'Call it without the schema.'];
  }
  if (SESSION_FUNCTIONS.test(name))
    return [`The function ${name} is not supported.`, 'It answers from the session, which differs between executors.'];
  if (name === 'age' && node.children.length === 1)
    return ['age with one argument is not supported.', 'Write age(now()::TIMESTAMP, column).'];
  if (catalog.unstable.has(name)) {
    const instead = STEADY_INSTEAD.find(([pattern]) => pattern.test(name))?.[1];
    const reason = 'Its answer differs from call to call, so a replay would not give the same output.';
    return [`The function ${name} is not supported.`, instead ? `${reason} ${instead}` : reason];
  }
  const body = catalog.aggregateMacros.get(name);
  if (body !== undefined) return [`The aggregate ${name} is not supported yet.`, `Write it out: ${body}.`];
  return null;
}
