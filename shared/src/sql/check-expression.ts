import { type Expression, type FunctionCall, isColumnRef, isFunction, locationOf, visit } from './ast.ts';
import { momentType } from './batch-time.ts';
import type { FunctionCatalog } from './frontend.ts';
import { MERGEABLE_AGGREGATES } from './mergeable-aggregates.ts';
import type { Refusal } from './refusal.ts';
import { aggregateHint, SESSION_FUNCTIONS, SESSION_VALUES } from './unsupported-names.ts';

export type ExpressionScope = {
  catalog: FunctionCatalog;
  /** Lower-case names of all columns and aliases; they come before session values of the same name. */
  columnNames: ReadonlySet<string>;
};

/** What is not supported in an expression or a list of them. Aggregates are judged in the outermost SELECT only. */
export function checkExpression(tree: unknown, scope: ExpressionScope, place: 'outermost' | 'subquery'): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (message: string, hint: string, at: Expression) => {
    found.push({ message, hint, location: locationOf(at) });
    return 'skip' as const;
  };
  visit(tree, (node) => {
    if (node.class === 'SUBQUERY') {
      const name =
        node.subquery_type === 'EXISTS'
          ? 'EXISTS'
          : node.subquery_type === 'ANY'
            ? 'IN (SELECT …)'
            : 'A subquery in an expression';
      return refuse(`${name} is not supported yet.`, 'A query reads one source, once.', node);
    }
    if (node.class === 'WINDOW') {
      return refuse(
        `The window function ${String(node.function_name)}(…) OVER is not supported yet.`,
        'Use GROUP BY with tumble(…).',
        node,
      );
    }
    if (node.class === 'PARAMETER')
      return refuse('Parameters are not supported.', 'Write the value into the query.', node);
    if (isColumnRef(node) && node.column_names.length === 1) {
      const name = node.column_names[0]!.toLowerCase();
      const value = SESSION_VALUES.test(name) && !scope.columnNames.has(name);
      if (value)
        return refuse(`There is no column "${name}".`, 'DuckDB would read it as a value of the session.', node);
    }
    if (isFunction(node)) {
      const refused = judgeFunction(node, scope, place);
      if (refused) return refuse(refused[0], refused[1], node);
    }
    return undefined;
  });
  return found;
}

function judgeFunction(node: FunctionCall, scope: ExpressionScope, place: string): [string, string] | null {
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
    return [
      `The function ${name} is not supported.`,
      'Its answer differs from call to call, so a replay would not give the same output.',
    ];
  }
  const body = catalog.aggregateMacros.get(name);
  if (body !== undefined) return [`The aggregate ${name} is not supported yet.`, `Write it out: ${body}.`];
  if (catalog.aggregates.has(name) && place === 'outermost') return judgeAggregate(node, name);
  return null;
}

function judgeAggregate(node: FunctionCall, name: string): [string, string] | null {
  const known = MERGEABLE_AGGREGATES[name];
  if (known === undefined) return [`The aggregate ${name} is not supported yet.`, aggregateHint(name)];
  if (node.distinct && !known.ignoresRepeats)
    return [
      `${name}(DISTINCT …) is not supported yet.`,
      'Count or sum after grouping by the value in a job of its own.',
    ];
  if (node.order_bys.orders.length > 0)
    return [`ORDER BY inside ${name} is not supported.`, 'Leave it out: the answer does not depend on it.'];
  if (node.children.length !== known.arguments) {
    return [`${name} with ${node.children.length} arguments is not supported.`, `It takes ${known.arguments}.`];
  }
  return null;
}
