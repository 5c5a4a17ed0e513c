import { type Expression, isColumnRef, isFunction, isStar, locationOf, type SelectNode } from '../ast.ts';
import { MOMENT_NAMES } from '../batch-time.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { distinctRelation } from './distinct-relation.ts';
import { fromRelation } from './from-relation.ts';
import { groupRelation, isGrouped, positionOf } from './group-relation.ts';
import { conjuncts } from './join-relation.ts';
import type { From } from './join-scope.ts';
import { mapRelation, withColumns } from './map-relation.ts';
import { distinctOf, firstRows, limitOf, orderRelation, ordersOf } from './order-relation.ts';
import { overRelation, qualified } from './over-relation.ts';
import { pushFilter } from './push-filter.ts';
import type { QueryRelation } from './query-relation.ts';
import { freeName, plainColumn, type Relation } from './relation.ts';
import { createResolver, expandStars, type Resolver } from './scope.ts';
import { hasSubquery, semiJoined, withValues } from './subquery-conditions.ts';

/** One SELECT, in the order in which SQL says that its clauses are computed. */
export async function selectRelation(context: CompilerContext, node: SelectNode): Promise<QueryRelation> {
  const from = await fromRelation(context, node.from_table);
  const { relation: rows, resolver, names } = await whereRelation(context, from, node);
  const groups = isGrouped(context, node) ? await groupRelation(context, rows, node, resolver) : null;
  const late = (tree: Expression) => (groups ? groups.rewrite(tree) : resolver.resolveLate(tree, new Map()));
  const list = groups ? resolver.list.map(groups.rewrite) : resolver.list;
  const qualify = node.qualify === null ? null : late(node.qualify);
  const orders = ordersOf(node).map((order) => ({
    ...order,
    expression: listed(order.expression, list) ?? late(order.expression),
  }));
  const on = ((distinctOf(node)?.distinct_on_targets ?? []) as unknown as Expression[]).map(
    (one) => listed(one, list) ?? late(one),
  );
  const trees = [...list, ...(qualify ? [qualify] : []), ...orders.map(({ expression }) => expression), ...on];
  const over = await overRelation(context, groups?.relation ?? rows, trees);
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
): Promise<{ relation: Relation; resolver: Resolver; names: string[] }> {
  let from = start;
  const conditions = node.where_clause === null ? [] : conjuncts(node.where_clause);
  const own = conditions.filter((condition) => !hasSubquery(condition));
  let list = expandStars(node.select_list, from.scope);
  const stars = list.find((item) => isStar(item));
  if (stars) refuse('COLUMNS(…) is not supported.', 'Name the columns.', locationOf(stars));
  const names = list.map(nameOf);
  const first = createResolver(list, from.scope, node);
  from = { ...from, relation: await pushFilter(context, from.relation, own.map(first.resolve)) };
  const comparing: Expression[] = [];
  for (const condition of conditions.filter(hasSubquery)) {
    const joined = await semiJoined(context, from, condition);
    if (joined) from = joined;
    else comparing.push(condition);
  }
  if (hasSubquery([comparing, list])) {
    const values = await withValues(context, from, [...comparing, ...list]);
    from = values.from;
    list = values.trees.slice(comparing.length);
    const resolver = createResolver(list, from.scope, node);
    const compared = values.trees.slice(0, comparing.length).map(resolver.resolve);
    return { relation: await pushFilter(context, from.relation, compared), resolver, names };
  }
  return { relation: from.relation, resolver: createResolver(list, from.scope, node), names };
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
