// Subqueries in expressions, as joins: EXISTS and IN are semi and anti joins, one that gives a value is a left join.

import {
  type Expression,
  type FunctionCall,
  isColumnRef,
  isFunction,
  locationOf,
  rewrite,
  type SelectNode,
  visit,
} from '../ast.ts';
import { cast, coalesce, column, greater, text } from '../ast-build.ts';
import { aggregateRelation } from './aggregate-relation.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { fromRelation } from './from-relation.ts';
import { isAggregateCall, isGrouped } from './group-relation.ts';
import { conjuncts, joinRelation } from './join-relation.ts';
import type { From } from './join-scope.ts';
import { castItems, mapRelation } from './map-relation.ts';
import { pushFilter } from './push-filter.ts';
import { queryRelation } from './query-relation.ts';
import { freeName, type Item, type Relation } from './relation.ts';
import { createResolver, meaningOf, type Scope } from './scope.ts';

type Subquery = Expression & {
  subquery_type: string;
  subquery: { node: SelectNode };
  child: Expression | null;
  comparison_type: string;
};

const isSubquery = (item: Expression): item is Subquery => item.class === 'SUBQUERY';

export function hasSubquery(tree: unknown): boolean {
  let found = false;
  visit(tree, (node) => {
    if (isSubquery(node)) found = true;
    return found ? 'skip' : undefined;
  });
  return found;
}

/** A condition of WHERE that is EXISTS or IN, or NOT of one: the rows of `from` for which it holds. Null: it is neither. */
export async function semiJoined(context: CompilerContext, from: From, condition: Expression): Promise<From | null> {
  const negated = condition.type === 'OPERATOR_NOT';
  const inner = negated ? (condition.children as unknown as [Expression])[0] : condition;
  if (!isSubquery(inner) || inner.subquery_type === 'SCALAR') return null;
  const isIn = inner.subquery_type === 'ANY';
  if (isIn && inner.comparison_type !== 'COMPARE_EQUAL')
    return refuse(
      'ANY and ALL are not supported.',
      'Compare with min(…) or max(…) of the subquery.',
      locationOf(inner),
    );
  if (isIn && negated) {
    const hint =
      'Write NOT EXISTS (SELECT 1 FROM … WHERE …), which does not turn on whether a NULL is among the values.';
    return refuse('NOT IN (SELECT …) is not supported.', hint, locationOf(inner));
  }
  const right = await correlated(context, from, inner.subquery.node, isIn);
  const conditions = [...right.conditions];
  if (isIn && inner.child) {
    const left = createResolver([], from.scope, inner.child).resolve(inner.child);
    conditions.push(greater(left, column(right.value!), 'COMPARE_EQUAL'));
  }
  const relation = await joinRelation(context, negated ? 'anti' : 'semi', from.relation, right.relation, conditions);
  return { relation, scope: from.scope };
}

type Correlated = {
  /** Under names that the outer relation has not. */
  relation: Relation;
  /** Over both. */
  conditions: Expression[];
  /** Column of the first item. */
  value: string | null;
};

/** A subquery; where it is a plain one, what it compares with the query around it becomes conditions of the join. */
async function correlated(
  context: CompilerContext,
  outer: From,
  node: SelectNode,
  wantsValue: boolean,
): Promise<Correlated> {
  const taken = new Set(outer.relation.columns.map(({ name }) => name.toLowerCase()));
  const plain =
    node.type === 'SELECT_NODE' && !isGrouped(context, node) && node.modifiers.length === 0 && !node.qualify;
  if (!plain) {
    const { relation } = await queryRelation(context, node);
    const renamed = await castItems(
      context,
      relation,
      relation.columns.map(({ name, type }) => ({ name: freeName(name, taken), type })),
    );
    return { relation: renamed, conditions: [], value: wantsValue ? renamed.columns[0]!.name : null };
  }
  const inner = await fromRelation(context, node.from_table);
  const { own, shared } = splitConditions(node.where_clause, inner.scope, outer.scope);
  const filtered = await pushFilter(context, inner.relation, own);
  const resolver = createResolver(node.select_list, inner.scope, node);
  const items: Item[] = [];
  const rename = new Map<string, string>();
  for (const { name } of filtered.columns) {
    rename.set(name, freeName(name, taken));
    items.push({ name: rename.get(name)!, expression: column(name) });
  }
  const value = wantsValue ? freeName('value', taken) : null;
  if (value !== null) items.push({ name: value, expression: { ...resolver.list[0]!, alias: '' } });
  const relation = await mapRelation(context, filtered, items);
  const conditions = shared.map((side) => side((name) => rename.get(name)!));
  return { relation, conditions, value };
}

/** Conditions over the inner relation alone, and those over both, given how inner columns are called. */
function splitConditions(where: Expression | null, inner: Scope, outer: Scope) {
  const own: Expression[] = [];
  const shared: ((rename: (name: string) => string) => Expression)[] = [];
  for (const condition of where === null ? [] : conjuncts(where)) {
    if (hasSubquery(condition))
      refuse(
        'A subquery inside of a subquery in WHERE is not supported.',
        'Join the inner one.',
        locationOf(condition),
      );
    const parameters = createResolver([], inner, condition);
    if (!readsOuter(condition, inner, outer)) {
      own.push(parameters.resolve(condition));
      continue;
    }
    shared.push((rename) =>
      rewrite(condition, (node) => {
        if (!isColumnRef(node)) return null;
        const meant = meaningOf(node, inner);
        if (meant === null) return meaningOf(node, outer);
        return isColumnRef(meant) ? column(rename(meant.column_names[0]!), ...meant.column_names.slice(1)) : meant;
      }),
    );
  }
  return { own, shared };
}

function readsOuter(condition: Expression, inner: Scope, outer: Scope): boolean {
  let found = false;
  visit(condition, (node) => {
    if (isColumnRef(node) && meaningOf(node, inner) === null && meaningOf(node, outer) !== null) found = true;
    return undefined;
  });
  return found;
}

/** Replaces subqueries that give one value by columns of `from`, which gets them by left joins. */
export async function withValues(
  context: CompilerContext,
  from: From,
  trees: Expression[],
): Promise<{ from: From; trees: Expression[] }> {
  const found: Subquery[] = [];
  visit(trees, (node) => {
    if (!isSubquery(node)) return undefined;
    if (node.subquery_type !== 'SCALAR') {
      const what = node.subquery_type === 'EXISTS' ? 'EXISTS' : 'IN (SELECT …)';
      refuse(
        `${what} is only supported as a condition of WHERE, joined by AND.`,
        'Join the subquery instead.',
        locationOf(node),
      );
    }
    found.push(node);
    return 'skip';
  });
  let joined = from;
  const values = new Map<Expression, Expression>();
  for (const node of found) {
    const { from: next, value } = await joinValue(context, joined, node.subquery.node);
    joined = next;
    values.set(node, value);
  }
  const replaced = trees.map((tree) =>
    rewrite(tree, (node) => (values.has(node) ? { ...values.get(node)!, alias: node.alias } : null)),
  );
  return { from: joined, trees: replaced };
}

const COUNTS = /^(count|count_star|approx_count_distinct|regr_count)$/i;

async function joinValue(
  context: CompilerContext,
  from: From,
  node: SelectNode,
): Promise<{ from: From; value: Expression }> {
  const single =
    node.type === 'SELECT_NODE' &&
    node.select_list.length === 1 &&
    isGrouped(context, node) &&
    node.group_expressions.length === 0;
  if (!single)
    return refuse(
      'A subquery that gives a value must be an aggregate without GROUP BY.',
      'For example (SELECT max(x) FROM …), or join it.',
      locationOf(node),
    );
  const inner = await fromRelation(context, node.from_table);
  const { own, shared } = splitConditions(node.where_clause, inner.scope, from.scope);
  const filtered = await pushFilter(context, inner.relation, own);
  const taken = new Set(from.relation.columns.map(({ name }) => name.toLowerCase()));
  // What it compares with the query around it must be equations: it is grouped by their inner sides.
  const equations = shared.map((side) => equationOf(side));
  const keys = equations.map(({ inner: expression }) => ({
    name: freeName('group_key', taken),
    expression,
    role: null,
  }));
  const calls: Parameters<typeof aggregateRelation>[2]['calls'] = [];
  const resolver = createResolver(node.select_list, inner.scope, node);
  const item = rewrite(resolver.list[0]!, (one) => {
    if (!isAggregateCall(context, one)) return null;
    const name = freeName('value', taken);
    calls.push({ name, call: { ...one, alias: '' } as FunctionCall });
    // Over no rows count is 0, where a left join knows nothing.
    const counts = isFunction(one) && COUNTS.test(one.function_name);
    return counts ? coalesce(column(name), cast(text('0'), 'BIGINT')) : column(name);
  });
  const groups = await aggregateRelation(context, filtered, { keys, derived: [], calls, countsLate: true });
  const conditions = equations.map(({ outer }, index) => greater(outer, column(keys[index]!.name), 'COMPARE_EQUAL'));
  const relation = await joinRelation(context, 'left', from.relation, groups, conditions);
  const alias = freeName('__value', new Set(from.scope.tables.map((table) => table.alias.toLowerCase())));
  const tables = [
    ...from.scope.tables,
    { alias, columns: groups.columns.map(({ name }) => ({ name, column: name, starred: false })) },
  ];
  const value = rewrite({ ...item, alias: '' }, (one) =>
    isColumnRef(one) && groups.columns.some(({ name }) => name === one.column_names[0])
      ? column(alias, ...one.column_names)
      : null,
  );
  return { from: { relation, scope: { ...from.scope, tables } }, value };
}

function equationOf(side: (rename: (name: string) => string) => Expression): { inner: Expression; outer: Expression } {
  const condition = side((name) => `__inner ${name}`);
  const { left, right, type } = condition as unknown as { left: Expression; right: Expression; type: string };
  const isInner = (tree: unknown) => JSON.stringify(tree).includes('"__inner ');
  const ofInner = (tree: Expression) =>
    rewrite(tree, (node) =>
      isColumnRef(node) ? column(node.column_names[0]!.replace('__inner ', ''), ...node.column_names.slice(1)) : null,
    );
  if (type === 'COMPARE_EQUAL' && isInner(left) !== isInner(right)) {
    return isInner(left) ? { inner: ofInner(left), outer: right } : { inner: ofInner(right), outer: left };
  }
  return refuse(
    'A subquery that gives a value may only compare with columns around it by =.',
    'Join it instead.',
    locationOf(condition),
  );
}
