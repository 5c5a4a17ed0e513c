// Subqueries in expressions, as joins: EXISTS and IN are semi and anti joins where they are conditions of WHERE, marks by left joins
// anywhere else; one that gives a value is a left join.

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
import { expandList } from './expand-list.ts';
import { fromRelation } from './from-relation.ts';
import { isAggregateCall, isGrouped } from './group-relation.ts';
import { conjuncts, joinRelation } from './join-relation.ts';
import type { From } from './join-scope.ts';
import { castItems, mapRelation } from './map-relation.ts';
import { joinMark } from './mark-join.ts';
import { pushFilter } from './push-filter.ts';
import { queryRelation } from './query-relation.ts';
import { freeName, type Item, type Relation } from './relation.ts';
import { createResolver, meaningOf, type Scope } from './scope.ts';
import { isSubquery, refuseOtherComparison, type Subquery } from './subquery.ts';

export function hasSubquery(tree: unknown): boolean {
  let found = false;
  visit(tree, (node) => {
    if (isSubquery(node)) found = true;
    return found ? 'skip' : undefined;
  });
  return found;
}

/**
 * The rows of `from` for which all conditions hold; those without a subquery are judged first. Names are columns, or what `list`
 * computes.
 */
export async function whereHolds(
  context: CompilerContext,
  from: From,
  conditions: readonly Expression[],
  list: readonly Expression[] = [],
): Promise<From> {
  const resolved = (trees: readonly Expression[], { scope }: From) =>
    trees.map(createResolver(list, scope, [trees, list]).resolve);
  const plain = conditions.filter((condition) => !hasSubquery(condition));
  let rows: From = { ...from, relation: await pushFilter(context, from.relation, resolved(plain, from)) };
  const comparing: Expression[] = [];
  for (const condition of conditions.filter(hasSubquery)) {
    const joined = await semiJoined(context, rows, condition);
    if (joined) rows = joined;
    else comparing.push(condition);
  }
  if (comparing.length === 0) return rows;
  const values = await withValues(context, rows, comparing, 'conditions');
  const relation = await pushFilter(context, values.from.relation, resolved(values.trees, values.from));
  return { ...values.from, relation };
}

/** A condition of WHERE that is EXISTS or IN, or NOT EXISTS: the rows of `from` for which it holds. Null: it is neither. */
async function semiJoined(context: CompilerContext, from: From, condition: Expression): Promise<From | null> {
  const negated = condition.type === 'OPERATOR_NOT';
  const inner = negated ? (condition.children as unknown as [Expression])[0] : condition;
  if (!isSubquery(inner) || inner.subquery_type === 'SCALAR') return null;
  const isIn = inner.subquery_type === 'ANY';
  // Whether it is not among the values turns on NULL, which an anti join does not tell.
  if (isIn && negated) return null;
  const right = await correlated(context, from, inner.subquery.node, isIn);
  const conditions = [...right.conditions];
  if (isIn && inner.child) {
    refuseOtherComparison(inner);
    const { resolve } = createResolver([], from.scope, inner.child);
    const lefts = right.values.length > 1 ? partsOfRow(inner) : [inner.child];
    conditions.push(
      ...lefts.map((left, index) => greater(resolve(left), column(right.values[index]!), 'COMPARE_EQUAL')),
    );
  }
  const relation = await joinRelation(context, negated ? 'anti' : 'semi', from.relation, right.relation, conditions);
  return { relation, scope: from.scope };
}

const partsOfRow = (inner: Subquery): Expression[] =>
  isFunction(inner.child!) && inner.child.function_name === 'row'
    ? inner.child.children
    : refuse('A value is compared with several columns.', 'Write (a, b) IN (SELECT …).', locationOf(inner));

type Correlated = {
  /** Under names that the outer relation has not. */
  relation: Relation;
  /** Over both. */
  conditions: Expression[];
  /** Columns of the items. */
  values: string[];
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
    return { relation: renamed, conditions: [], values: wantsValue ? renamed.columns.map(({ name }) => name) : [] };
  }
  const { rows, shared } = await innerRows(context, outer.scope, node);
  const filtered = rows.relation;
  const resolver = createResolver(await expandList(context, node.select_list, rows), rows.scope, node);
  const items: Item[] = [];
  const rename = new Map<string, string>();
  for (const { name } of filtered.columns) {
    rename.set(name, freeName(name, taken));
    items.push({ name: rename.get(name)!, expression: column(name) });
  }
  const values = wantsValue ? resolver.list.map(() => freeName('value', taken)) : [];
  items.push(...values.map((name, index) => ({ name, expression: { ...resolver.list[index]!, alias: '' } })));
  const relation = await mapRelation(context, filtered, items);
  const conditions = shared.map((side) => side((name) => rename.get(name)!));
  return { relation, conditions, values };
}

type Shared = (rename: (name: string) => string) => Expression;

/**
 * What a plain subquery reads, where the conditions hold that it has for itself, and those over both it and the query around it,
 * given how inner columns are called.
 */
export async function innerRows(
  context: CompilerContext,
  outer: Scope,
  node: SelectNode,
): Promise<{ rows: From; shared: Shared[] }> {
  const inner = await fromRelation(context, node.from_table);
  const conditions = node.where_clause === null ? [] : conjuncts(node.where_clause);
  const isShared = (one: Expression) => !hasSubquery(one) && readsOuter(one, inner.scope, outer);
  const own = conditions.filter((one) => !isShared(one));
  const rows = await whereHolds(context, inner, own);
  const shared = conditions.filter(isShared).map(
    (condition): Shared =>
      (rename) =>
        rewrite(condition, (node) => {
          if (!isColumnRef(node)) return null;
          const meant = meaningOf(node, inner.scope);
          if (meant === null) return meaningOf(node, outer);
          return isColumnRef(meant) ? column(rename(meant.column_names[0]!), ...meant.column_names.slice(1)) : meant;
        }),
  );
  return { rows, shared };
}

function readsOuter(condition: Expression, inner: Scope, outer: Scope): boolean {
  let found = false;
  visit(condition, (node) => {
    if (isColumnRef(node) && meaningOf(node, inner) === null && meaningOf(node, outer) !== null) found = true;
    return undefined;
  });
  return found;
}

/**
 * Replaces subqueries by columns of `from`, which gets them by left joins. Of `conditions` it only matters where they are true, so
 * that in them IN need not tell false from NULL.
 */
export async function withValues(
  context: CompilerContext,
  from: From,
  trees: Expression[],
  what: 'conditions' | 'values',
): Promise<{ from: From; trees: Expression[] }> {
  const found: { node: Subquery; onlyTrue: boolean }[] = [];
  collect(trees, what === 'conditions', found);
  let joined = from;
  const values = new Map<Expression, Expression>();
  for (const { node, onlyTrue } of found) {
    const made =
      node.subquery_type === 'SCALAR'
        ? await joinValue(context, joined, node.subquery.node)
        : await joinMark(context, joined, node, onlyTrue);
    joined = made.from;
    values.set(node, made.value);
  }
  const replaced = trees.map((tree) =>
    rewrite(tree, (node) => (values.has(node) ? { ...values.get(node)!, alias: node.alias } : null)),
  );
  return { from: joined, trees: replaced };
}

const COUNTS = /^(count|count_star|approx_count_distinct|regr_count)$/i;

/** Subqueries in a tree. AND, OR and CASE ask whether a condition is true; anything else may tell false from NULL. */
function collect(tree: unknown, onlyTrue: boolean, found: { node: Subquery; onlyTrue: boolean }[]): void {
  if (Array.isArray(tree)) for (const item of tree) collect(item, onlyTrue, found);
  else if (typeof tree === 'object' && tree !== null) {
    if ('class' in tree && isSubquery(tree as Expression)) {
      found.push({ node: tree as Subquery, onlyTrue });
      return;
    }
    const passes = !('class' in tree) || tree.class === 'CONJUNCTION';
    for (const [key, value] of Object.entries(tree)) {
      const isCondition = key === 'when_expr';
      collect(value, isCondition || (onlyTrue && passes && key !== 'then_expr'), found);
    }
  }
}

async function joinValue(
  context: CompilerContext,
  from: From,
  node: SelectNode,
): Promise<{ from: From; value: Expression }> {
  // (SELECT x + 1): an expression.
  if (
    node.type === 'SELECT_NODE' &&
    node.from_table.type === 'EMPTY' &&
    !isGrouped(context, node) &&
    !node.where_clause
  )
    return { from, value: node.select_list[0]! };
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
  const { rows, shared } = await innerRows(context, from.scope, node);
  const taken = new Set(from.relation.columns.map(({ name }) => name.toLowerCase()));
  // What it compares with the query around it must be equations: it is grouped by their inner sides.
  const equations = shared.map((side) => equationOf(side));
  const keys = equations.map(({ inner: expression }) => ({
    name: freeName('group_key', taken),
    expression,
    role: null,
  }));
  const calls: Parameters<typeof aggregateRelation>[2]['calls'] = [];
  const resolver = createResolver(node.select_list, rows.scope, node);
  const item = rewrite(resolver.list[0]!, (one) => {
    if (!isAggregateCall(context, one)) return null;
    const name = freeName('value', taken);
    calls.push({ name, call: { ...one, alias: '' } as FunctionCall });
    // Over no rows count is 0, where a left join knows nothing.
    const counts = isFunction(one) && COUNTS.test(one.function_name);
    return counts ? coalesce(column(name), cast(text('0'), 'BIGINT')) : column(name);
  });
  const groups = await aggregateRelation(context, rows.relation, { keys, derived: [], calls, countsLate: true });
  const conditions = equations.map(({ outer }, index) => greater(outer, column(keys[index]!.name), 'COMPARE_EQUAL'));
  const relation = await joinRelation(context, 'left', from.relation, groups, conditions);
  const names = groups.columns.map(({ name }) => name);
  const scope = withHidden(from.scope, names);
  const value = rewrite({ ...item, alias: '' }, (one) =>
    isColumnRef(one) && names.includes(one.column_names[0]!) ? hiddenColumn(scope, one.column_names) : null,
  );
  return { from: { relation, scope }, value };
}

/** The scope with columns that no query can name, the last table of it. */
export function withHidden(scope: Scope, names: readonly string[]): Scope {
  const alias = freeName('__value', new Set(scope.tables.map((table) => table.alias.toLowerCase())));
  const columns = names.map((name) => ({ name, column: name, starred: false }));
  return { ...scope, tables: [...scope.tables, { alias, columns }] };
}

export const hiddenColumn = ({ tables }: Scope, names: readonly string[]): Expression =>
  column(tables.at(-1)!.alias, ...names);

export function equationOf(side: Shared): { inner: Expression; outer: Expression } {
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
    'A subquery in an expression may only compare with columns around it by =.',
    'Join it instead, or make EXISTS a condition of WHERE by itself.',
    locationOf(condition),
  );
}
