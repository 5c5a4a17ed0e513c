// What the compiler does not run is refused here by name, all of it at once, before anything is bound.

import { nearest } from '../spec/did-you-mean.ts';
import {
  type BaseTable,
  type Expression,
  type FunctionCall,
  isBaseTable,
  isFunction,
  isJoin,
  isSubquery,
  isTableFunction,
  type JoinRef,
  locationOf,
  type SelectNode,
  type TableFunctionRef,
  type TableRef,
  visit,
} from './ast.ts';
import { checkExpression, type ExpressionScope } from './check-expression.ts';
import type { Refusal } from './refusal.ts';
import { isWindow, type WindowRef } from './resolve-relations.ts';
import { TABLE_FUNCTION_HINTS } from './unsupported-names.ts';

export type QueryScope = ExpressionScope & { sourceNames: readonly string[] };

/** Everything in the query that is not supported. `node` comes from resolveRelations. */
export function checkQuery(node: SelectNode, scope: QueryScope): Refusal[] {
  return checkSelect(node, scope, true);
}

const refusal = (message: string, hint: string, at: unknown): Refusal => ({ message, hint, location: locationOf(at) });

const MODIFIERS: Readonly<Record<string, [string, string]>> = {
  ORDER_MODIFIER: ['ORDER BY', 'A stream has no end to sort to. Sort where you read the output.'],
  LIMIT_MODIFIER: ['LIMIT', 'A stream has no first rows. Filter with WHERE or HAVING.'],
  LIMIT_PERCENT_MODIFIER: ['LIMIT', 'A stream has no first rows. Filter with WHERE or HAVING.'],
  DISTINCT_MODIFIER: ['DISTINCT', 'Group by the columns instead: SELECT a, b FROM source GROUP BY a, b.'],
};

function checkSelect(node: SelectNode, scope: QueryScope, outermost: boolean): Refusal[] {
  if (node.type !== 'SELECT_NODE') return [refuseNode(node)];
  const found: Refusal[] = [];
  for (const modifier of node.modifiers) {
    const [name, hint] = MODIFIERS[String(modifier.type)] ?? [String(modifier.type), ''];
    found.push(refusal(`${name} is not supported.`, hint, modifier));
  }
  if (node.sample)
    found.push(refusal('SAMPLE is not supported.', 'Filter with WHERE, for example on hash(column) % 10.', node));
  if (node.qualify) found.push(refusal('QUALIFY is not supported yet.', 'Window functions come later.', node.qualify));
  const sets = node.group_sets;
  if (sets.length > 1 || (sets[0] && sets[0].length !== node.group_expressions.length)) {
    const hint = 'Submit one job for each grouping.';
    found.push(refusal('GROUPING SETS, ROLLUP and CUBE are not supported yet.', hint, node.group_expressions));
  }
  const place = outermost ? 'outermost' : 'subquery';
  const clauses = [node.select_list, node.where_clause, node.group_expressions, node.having];
  for (const clause of clauses) found.push(...checkExpression(clause, scope, place));
  if (!outermost && groups(node, scope)) {
    const hint = 'Aggregate in the outermost SELECT; filter its result with HAVING.';
    found.push(refusal('Aggregates in a subquery are not supported yet.', hint, node.select_list));
  }
  if (outermost && aggregates(node, scope)) found.push(...checkGroupedList(node));
  return [...found, ...checkFrom(node.from_table, scope)];
}

const groups = (node: SelectNode, scope: QueryScope): boolean =>
  node.group_expressions.length > 0 ||
  node.aggregate_handling === 'FORCE_AGGREGATES' ||
  node.having !== null ||
  aggregates(node, scope);

/** Whether the query groups: by GROUP BY, by HAVING or by an aggregate in its list. */
export const isGrouped = groups;

function aggregates(node: SelectNode, scope: QueryScope): boolean {
  let found = node.group_expressions.length > 0 || node.aggregate_handling === 'FORCE_AGGREGATES';
  visit([node.select_list, node.having], (expression) => {
    if (expression.class === 'SUBQUERY') return 'skip';
    if (isFunction(expression) && scope.catalog.aggregates.has(expression.function_name.toLowerCase())) found = true;
    return undefined;
  });
  return found;
}

function checkGroupedList(node: SelectNode): Refusal[] {
  const found: Refusal[] = [];
  visit(node.select_list, (expression) => {
    if (expression.class === 'STAR') {
      found.push(refusal('* beside GROUP BY is not supported.', 'Name the columns.', expression));
    }
    if (isFunction(expression) && expression.function_name.toLowerCase() === 'unnest') {
      const hint = 'Put it into FROM: FROM source, unnest(source.items) AS item(value).';
      found.push(refusal('UNNEST beside aggregates is not supported.', hint, expression));
    }
    return undefined;
  });
  return found;
}

function refuseNode(node: SelectNode): Refusal {
  if (node.type === 'SET_OPERATION_NODE') {
    const name = String(node.setop_type ?? 'UNION').replace('_BY_NAME', ' BY NAME');
    return refusal(
      `${name} is not supported yet.`,
      'Submit one job for each part; they may write to the same topic.',
      node,
    );
  }
  if (node.type === 'RECURSIVE_CTE_NODE')
    return refusal('WITH RECURSIVE is not supported.', 'A stream has no fixed point.', node);
  return refusal(`${node.type} is not supported.`, 'Write one SELECT over one source.', node);
}

function checkFrom(ref: TableRef, scope: QueryScope): Refusal[] {
  const sampled = ref.sample
    ? [refusal('TABLESAMPLE is not supported.', 'Filter with WHERE, for example on hash(column) % 10.', ref)]
    : [];
  return [...sampled, ...checkRelation(ref, scope)];
}

function checkRelation(ref: TableRef, scope: QueryScope): Refusal[] {
  if (isBaseTable(ref)) return checkName(ref, scope);
  if (isSubquery(ref)) return checkSelect(ref.subquery.node, scope, false);
  if (isWindow(ref)) return checkWindow(ref, scope);
  if (isJoin(ref)) return checkJoin(ref, scope);
  if (isTableFunction(ref)) return [refuseTableFunction(ref)];
  const sources = `Read from ${scope.sourceNames.join(', ')}.`;
  if (ref.type === 'EMPTY') return [refusal('The query reads no source.', sources, ref)];
  if (ref.type === 'EXPRESSION_LIST') return [refusal('VALUES is not supported.', sources, ref)];
  if (ref.type === 'SHOW_REF')
    return [refusal('DESCRIBE, SHOW and SUMMARIZE are not queries over a stream.', 'Write a SELECT.', ref)];
  return [refusal(`${ref.type} is not supported in FROM.`, sources, ref)];
}

function checkName(ref: BaseTable, scope: QueryScope): Refusal[] {
  const { table_name: name } = ref;
  const sources = `Sources of this job: ${scope.sourceNames.join(', ')}.`;
  if (ref.schema_name !== '' || ref.catalog_name !== '') {
    const full = [ref.catalog_name, ref.schema_name, name].filter((part) => part !== '').join('.');
    return [refusal(`${full}: schemas and catalogs are not supported.`, sources, ref)];
  }
  if (ref.at_clause)
    return [refusal('AT (time travel) is not supported.', 'Choose startingOffsets of the source.', ref)];
  if (scope.sourceNames.some((source) => source.toLowerCase() === name.toLowerCase())) return [];
  if (/[./\\*]/.test(name)) return [refusal(`Reading the file '${name}' is not supported.`, sources, ref)];
  const near = nearest(name, [...scope.sourceNames]);
  return [refusal(`There is no source named "${name}".`, near ? `Did you mean "${near}"?` : sources, ref)];
}

const WINDOW_FUNCTIONS = {
  tumble: { arguments: 3, usage: "Write tumble(source, time_column, INTERVAL '10 seconds')." },
  hop: {
    arguments: 4,
    usage: "Write hop(source, time_column, INTERVAL '5 seconds', INTERVAL '10 seconds'): the slide, then the size.",
  },
} as const;

function checkWindow(ref: WindowRef, scope: QueryScope): Refusal[] {
  const { name } = ref;
  const { arguments: count, usage } = WINDOW_FUNCTIONS[name];
  if (ref.arguments.length === count + 1)
    return [refusal(`The offset of ${name} is not supported yet.`, usage, ref.arguments[count])];
  if (ref.arguments.length !== count) {
    return [refusal(`${name} takes ${count} arguments, not ${ref.arguments.length}.`, usage, ref)];
  }
  if (ref.input === null) {
    return [
      refusal(`The first argument of ${name} must be a source or a subquery in parentheses.`, usage, ref.arguments[0]),
    ];
  }
  const [, time, ...lengths] = ref.arguments as [Expression, Expression, ...Expression[]];
  const found = checkFrom(ref.input, scope);
  if (time.class !== 'COLUMN_REF') {
    const hint = `Compute it in a subquery: ${name}((SELECT *, … AS t FROM source), t, …).`;
    found.push(refusal(`The second argument of ${name} must be a column.`, hint, time));
  }
  return [...found, ...lengths.flatMap((length) => checkExpression(length, scope, 'subquery'))];
}

function checkJoin(ref: JoinRef, scope: QueryScope): Refusal[] {
  const left = checkFrom(ref.left, scope);
  if (unnests(ref.right)) {
    const kept = ref.ref_type === 'CROSS' || (ref.ref_type === 'REGULAR' && /^(INNER|LEFT)$/.test(ref.join_type));
    if (kept)
      return [
        ...left,
        ...checkExpression(ref.right, scope, 'subquery'),
        ...checkExpression(ref.condition, scope, 'subquery'),
      ];
  }
  const name = ref.ref_type === 'REGULAR' ? `${ref.join_type} JOIN` : `${ref.ref_type} JOIN`;
  const hint = 'A query reads one source, beside it only unnest(…).';
  return [
    ...left,
    ...(unnests(ref.right) ? [] : checkFrom(ref.right, scope)),
    refusal(`${name} is not supported yet.`, hint, ref.right),
  ];
}

/** unnest(…) or LATERAL (SELECT unnest(…)): rows made from one row, so it needs no state. */
function unnests(ref: TableRef): boolean {
  if (isTableFunction(ref)) return ref.function.function_name.toLowerCase() === 'unnest';
  if (!isSubquery(ref)) return false;
  const { node } = ref.subquery;
  const plain = node.type === 'SELECT_NODE' && node.from_table.type === 'EMPTY' && node.modifiers.length === 0;
  const isUnnest = (item: Expression) =>
    isFunction(item) && (item as FunctionCall).function_name.toLowerCase() === 'unnest';
  return plain && node.where_clause === null && node.select_list.every(isUnnest);
}

function refuseTableFunction(ref: TableFunctionRef): Refusal {
  const name = ref.function.function_name.toLowerCase();
  const hint = TABLE_FUNCTION_HINTS[name] ?? 'In FROM stand a source, a subquery, tumble(…), hop(…) or unnest(…).';
  return refusal(`The table function ${name} is not supported.`, hint, ref);
}
