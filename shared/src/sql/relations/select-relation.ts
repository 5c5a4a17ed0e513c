import { type Expression, isColumnRef, isFunction, type SelectNode } from '../ast.ts';
import { MOMENT_NAMES } from '../batch-time.ts';
import type { CompilerContext } from './compiler-context.ts';
import { distinctRelation } from './distinct-relation.ts';
import { expandList } from './expand-list.ts';
import { fromRelation } from './from-relation.ts';
import { type Grouped, groupRelation, isGrouped, isGroupedBy, positionOf } from './group-relation.ts';
import { conjuncts } from './join-relation.ts';
import type { From } from './join-scope.ts';
import { mapRelation, withColumns } from './map-relation.ts';
import { distinctOf, firstRows, limitOf, orderedByAll, orderRelation, ordersOf } from './order-relation.ts';
import { overRelation, qualified } from './over-relation.ts';
import type { QueryRelation } from './query-relation.ts';
import { freeName, plainColumn, type Relation } from './relation.ts';
import { createResolver, type Resolver } from './scope.ts';
import { hasSubquery, whereHolds, withValues } from './subquery-conditions.ts';

/** One SELECT, in the order in which SQL says that its clauses are computed. */
export async function selectRelation(context: CompilerContext, given: SelectNode): Promise<QueryRelation> {
  const from = await fromRelation(context, given.from_table);
  const isOfGroups = isGrouped(context, given);
  const { from: rows, resolver, names } = await whereRelation(context, from, given, isOfGroups);
  const node = orderedByAll(given, names.length);
  const groups = isOfGroups ? await groupRelation(context, rows.relation, node, resolver, rows.scope) : null;
  const late = (tree: Expression) => (groups ? groups.rewrite(tree) : resolver.resolveLate(tree, new Map()));
  const { relation: finished, list } = groups
    ? await valuesOverGroups(context, groups, resolver.list.map(groups.rewrite))
    : { relation: rows.relation, list: resolver.list };
  const qualify = node.qualify === null ? null : late(node.qualify);
  const orders = ordersOf(node).map((order) => ({
    ...order,
    expression: listed(order.expression, list) ?? late(order.expression),
  }));
  const on = ((distinctOf(node)?.distinct_on_targets ?? []) as unknown as Expression[]).map(
    (one) => listed(one, list) ?? late(one),
  );
  const trees = [...list, ...(qualify ? [qualify] : []), ...orders.map(({ expression }) => expression), ...on];
  const over = await overRelation(context, finished, trees);
  const kept = qualify ? await qualified(context, over.relation, over.rewrite(qualify)) : over.relation;
  const taken = new Set(MOMENT_NAMES);
  const items = list.map((item, index) => ({
    name: freeName(names[index]!, taken),
    expression: { ...over.rewrite(item), alias: '' },
  }));
  const sorted = orders.map((order) => ({ ...order, expression: over.rewrite(order.expression) }));
  const limit = limitOf(node);
  if (on.length > 0) {
    const first = await firstOfEach(context, kept, on.map(over.rewrite), sorted);
    const relation = await mapRelation(context, first, items);
    return { relation: await orderRelation(context, relation, node, names), names };
  }
  if (distinctOf(node)) {
    const relation = await distinctRelation(context, await mapRelation(context, kept, items));
    return { relation: await orderRelation(context, relation, node, names), names };
  }
  const limited = limit === null ? kept : await firstRows(context, kept, [], { ...limit, orders: sorted });
  return { relation: await mapRelation(context, limited, items), names };
}

/** ORDER BY 1, or by the alias of an item. */
function listed(expression: Expression, list: readonly Expression[]): Expression | undefined {
  const position = positionOf(expression);
  if (position >= 0) return list[position];
  const name = plainColumn(expression)?.toLowerCase();
  return name === undefined ? undefined : list.find(({ alias }) => alias.toLowerCase() === name);
}

/** As the user calls it; where DuckDB makes a name up, the output gets that one later. */
function nameOf(item: Expression): string {
  if (item.alias !== '') return item.alias;
  if (isColumnRef(item)) return item.column_names.at(-1)!;
  return isFunction(item) ? item.function_name : 'value';
}

async function whereRelation(
  context: CompilerContext,
  start: From,
  node: SelectNode,
  isOfGroups: boolean,
): Promise<{ from: From; resolver: Resolver; names: string[] }> {
  const conditions = node.where_clause === null ? [] : conjuncts(node.where_clause);
  let list = await expandList(context, node.select_list, start);
  const names = list.map(nameOf);
  let from = await whereHolds(context, start, conditions, list);
  // Over groups only what is grouped by is computed of the rows; the rest compares with the groups.
  const early = list.filter(
    (item, index) => hasSubquery(item) && (!isOfGroups || isGroupedBy(context, node, item, index)),
  );
  if (early.length > 0) {
    const values = await withValues(context, from, early, 'values');
    from = values.from;
    list = list.map((item) => values.trees[early.indexOf(item)] ?? item);
  }
  return { from, resolver: createResolver(list, from.scope, node), names };
}

/** The items of a list over groups, once their subqueries are columns. */
async function valuesOverGroups(
  context: CompilerContext,
  groups: Grouped,
  list: Expression[],
): Promise<{ relation: Relation; list: Expression[] }> {
  if (!hasSubquery(list)) return { relation: groups.relation, list };
  const { from, trees } = await withValues(context, groups, list, 'values');
  return { relation: from.relation, list: trees.map(createResolver([], from.scope, trees).resolve) };
}

/** DISTINCT ON: the first row of each key. */
async function firstOfEach(
  context: CompilerContext,
  input: Relation,
  on: readonly Expression[],
  orders: Parameters<typeof firstRows>[3]['orders'],
): Promise<Relation> {
  const { relation, names } = await withColumns(context, input, on, 'distinct_on');
  return firstRows(context, relation, names, { orders, from: 0, until: 1 });
}
