// What the compiler does not run is refused here by name, all of it at once, before anything is bound.

import { nearest } from '../spec/did-you-mean.ts';
import {
  type BaseTable,
  type Expression,
  isBaseTable,
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
import { momentType } from './batch-time.ts';
import { checkExpression, type ExpressionScope } from './check-expression.ts';
import { lateralUnnest } from './lateral-unnest.ts';
import type { Refusal } from './refusal.ts';
import { isWindow, isZone, type WindowFunction, type WindowRef } from './resolve-relations.ts';
import { TABLE_FUNCTION_HINTS } from './unsupported-names.ts';

export type QueryScope = ExpressionScope & {
  sourceNames: readonly string[];
  tableNames: readonly string[];
  /** Views that may be read here. */
  viewNames: readonly string[];
  /** Views that are defined here or further down, by lower-case name. */
  laterViews: ReadonlyMap<string, 'itself' | 'later'>;
  /** What is checked is the query itself, no view. */
  outermost: boolean;
};

/** Everything in the query, or a view, that is not supported. `node` comes from resolveRelations. */
export function checkQuery(node: SelectNode, scope: QueryScope): Refusal[] {
  return checkSelect(node, scope, scope.outermost);
}

const refusal = (message: string, hint: string, at: unknown): Refusal => ({ message, hint, location: locationOf(at) });

function checkSelect(node: SelectNode, scope: QueryScope, outermost: boolean): Refusal[] {
  if (node.type === 'SET_OPERATION_NODE') {
    const sides = [node.left, node.right] as [SelectNode, SelectNode];
    return [...sides.flatMap((side) => checkSelect(side, scope, false)), ...checkOrder(node, scope, outermost)];
  }
  if (node.type !== 'SELECT_NODE') return [refuseNode(node)];
  const found: Refusal[] = [];
  if (node.sample)
    found.push(refusal('SAMPLE is not supported.', 'Filter with WHERE, for example on hash(column) % 10.', node));
  const clauses = [node.select_list, node.where_clause, node.group_expressions, node.having, node.qualify];
  for (const clause of clauses) found.push(...checkExpression(clause, scope));
  found.push(...checkOrder(node, scope, outermost));
  for (const inner of subqueriesIn(clauses)) found.push(...checkSelect(inner, scope, false));
  return [...found, ...checkFrom(node.from_table, scope)];
}

/** Order has a meaning where LIMIT or DISTINCT ON takes the first rows. */
function checkOrder(node: SelectNode, scope: QueryScope, outermost: boolean): Refusal[] {
  const found = checkExpression(node.modifiers, scope);
  const has = (type: string) => node.modifiers.find((modifier) => modifier.type === type);
  const order = has('ORDER_MODIFIER');
  const on = (has('DISTINCT_MODIFIER')?.distinct_on_targets ?? []) as unknown[];
  if (outermost && order && !has('LIMIT_MODIFIER') && !has('LIMIT_PERCENT_MODIFIER') && on.length === 0) {
    const hint = 'A stream has no end to sort to. Sort where you read the output, or add LIMIT.';
    found.push(refusal('ORDER BY without LIMIT is not supported.', hint, order));
  }
  return found;
}

/** Queries of subqueries in expressions, but for those inside of them. */
function subqueriesIn(tree: unknown): SelectNode[] {
  const found: SelectNode[] = [];
  visit(tree, (node) => {
    if (node.class !== 'SUBQUERY') return undefined;
    found.push((node.subquery as unknown as { node: SelectNode }).node);
    return 'skip';
  });
  return found;
}

function refuseNode(node: SelectNode): Refusal {
  if (node.type === 'RECURSIVE_CTE_NODE')
    return refusal('WITH RECURSIVE is not supported.', 'A stream has no fixed point.', node);
  return refusal(`${node.type} is not supported.`, 'Write a SELECT over the sources.', node);
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
  const sources = `Read from ${namesIn(scope).join(', ')}.`;
  if (ref.type === 'PIVOT')
    return [
      refusal(
        'PIVOT without all of its values is not supported.',
        "Columns are known before any row is: write ON country IN ('DE', 'FR').",
        ref,
      ),
    ];
  if (ref.type === 'EMPTY') return [];
  if (ref.type === 'EXPRESSION_LIST')
    return subqueriesIn(ref.values).length > 0
      ? [refusal('A subquery in VALUES is not supported.', 'Join the subquery itself.', ref)]
      : checkExpression(ref.values, scope);
  if (ref.type === 'SHOW_REF')
    return [refusal('DESCRIBE, SHOW and SUMMARIZE are not queries over a stream.', 'Write a SELECT.', ref)];
  return [refusal(`${ref.type} is not supported in FROM.`, sources, ref)];
}

function checkName(ref: BaseTable, scope: QueryScope): Refusal[] {
  const { table_name: name } = ref;
  const names = namesIn(scope);
  const only = names.length === scope.sourceNames.length;
  const sources = `${only ? 'Sources' : 'Relations'} of this job: ${names.join(', ')}.`;
  if (ref.schema_name !== '' || ref.catalog_name !== '') {
    const full = [ref.catalog_name, ref.schema_name, name].filter((part) => part !== '').join('.');
    return [refusal(`${full}: schemas and catalogs are not supported.`, sources, ref)];
  }
  if (ref.at_clause && !isSource(name, scope)) {
    const hint = 'Name a source of changes of a table itself, not a view over it.';
    return [refusal(`AT (TIMESTAMP => …) is not supported over ${name}.`, hint, ref)];
  }
  if ([...scope.sourceNames, ...scope.tableNames].some((one) => one.toLowerCase() === name.toLowerCase())) return [];
  const view = scope.laterViews.get(name.toLowerCase());
  if (view) {
    const message =
      view === 'itself' ? `The view "${name}" reads itself.` : `The view "${name}" is defined further down.`;
    return [refusal(message, 'A view can read sources, tables and the views above it.', ref)];
  }
  if (/[./\\*]/.test(name)) return [refusal(`Reading the file '${name}' is not supported.`, sources, ref)];
  const near = nearest(name, names);
  return [
    refusal(
      `There is no ${only ? 'source' : 'relation'} named "${name}".`,
      near ? `Did you mean "${near}"?` : sources,
      ref,
    ),
  ];
}

const isSource = (name: string, { sourceNames }: QueryScope): boolean =>
  sourceNames.some((one) => one.toLowerCase() === name.toLowerCase());

const namesIn = ({ sourceNames, tableNames, viewNames }: QueryScope): string[] => [
  ...sourceNames,
  ...tableNames,
  ...viewNames,
];

const WINDOW_FUNCTIONS: Readonly<Record<WindowFunction, { arguments: number; usage: string }>> = {
  tumble: { arguments: 3, usage: "Write tumble(source, time_column, INTERVAL '10 seconds')." },
  hop: {
    arguments: 4,
    usage: "Write hop(source, time_column, INTERVAL '5 seconds', INTERVAL '10 seconds'): the slide, then the size.",
  },
  cumulate: {
    arguments: 4,
    usage: "Write cumulate(source, time_column, INTERVAL '1 hour', INTERVAL '1 day'): the step, then the size.",
  },
  session: {
    arguments: 3,
    usage: "Write session(source, time_column, INTERVAL '10 minutes', key): the gap, then any keys.",
  },
};

function checkWindow(ref: WindowRef, scope: QueryScope): Refusal[] {
  const { name } = ref;
  const { arguments: count, usage } = WINDOW_FUNCTIONS[name];
  // Sessions have any number of keys behind, the others may have an offset.
  const most = name === 'session' ? Number.POSITIVE_INFINITY : count + 1;
  if (ref.arguments.length < count || ref.arguments.length > most) {
    return [refusal(`${name} takes ${count} arguments, not ${ref.arguments.length}.`, usage, ref)];
  }
  if (ref.input === null) {
    return [
      refusal(`The first argument of ${name} must be a source or a subquery in parentheses.`, usage, ref.arguments[0]),
    ];
  }
  const [, time, ...lengths] = ref.arguments as [Expression, Expression, ...Expression[]];
  const found = checkFrom(ref.input, scope);
  if (time.class !== 'COLUMN_REF' && momentType(time, scope.columnNames) === null) {
    const hint = `Write now() for the time of the batch, or compute it in a subquery: ${name}((SELECT *, … AS t FROM source), t, …).`;
    found.push(refusal(`The second argument of ${name} must be a column or now().`, hint, time));
  }
  for (const one of ref.named) {
    if (!isZone(one.alias))
      found.push(refusal(`${name} has no parameter "${one.alias}".`, "Only zone := 'Europe/Berlin' has a name.", one));
    else if (name === 'session')
      found.push(refusal('session has no parameter "zone".', 'A gap is as long in every time zone.', one));
  }
  return [...found, ...lengths.flatMap((length) => checkExpression(length, scope))];
}

function checkJoin(ref: JoinRef, scope: QueryScope): Refusal[] {
  const left = checkFrom(ref.left, scope);
  const [inner] = subqueriesIn(ref.condition);
  const condition = inner
    ? [
        refusal(
          'A subquery in ON is not supported.',
          'Join the subquery itself, or compare with it in WHERE.',
          ref.condition,
        ),
      ]
    : checkExpression(ref.condition, scope);
  if (lateralUnnest(ref.right)) {
    const kept = ref.ref_type === 'CROSS' || (ref.ref_type === 'REGULAR' && /^(INNER|LEFT)$/.test(ref.join_type));
    if (kept) return [...left, ...checkExpression(ref.right, scope), ...condition];
  }
  const both = [...left, ...checkFrom(ref.right, scope), ...condition];
  if (
    /^(REGULAR|CROSS|NATURAL)$/.test(ref.ref_type) ||
    (ref.ref_type === 'ASOF' && /^(INNER|LEFT)$/.test(ref.join_type))
  )
    return both;
  const name = ref.ref_type === 'REGULAR' ? `${ref.join_type} JOIN` : `${ref.ref_type} JOIN`;
  return [...both, refusal(`${name} is not supported yet.`, 'Join with ON.', ref.right)];
}

function refuseTableFunction(ref: TableFunctionRef): Refusal {
  const name = ref.function.function_name.toLowerCase();
  const hint =
    TABLE_FUNCTION_HINTS[name] ??
    'In FROM stand sources, subqueries, tumble(…), hop(…), cumulate(…), session(…) and unnest(…).';
  return refusal(`The table function ${name} is not supported.`, hint, ref);
}
