import { type Expression, isColumnRef, isStar, locationOf, type Node, rewrite, type SelectNode } from '../ast.ts';
import { cast, column, greater, over, text, type WindowOrder } from '../ast-build.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { positionOf } from './group-relation.ts';
import { allItems, mapRelation } from './map-relation.ts';
import { windowed } from './over-relation.ts';
import { pushFilter } from './push-filter.ts';
import { freeName, type Relation } from './relation.ts';

export type Limit = { orders: WindowOrder[]; from: number; until: number };

const modifier = (node: SelectNode, type: string): Node | undefined => node.modifiers.find((one) => one.type === type);

export const distinctOf = (node: SelectNode) => modifier(node, 'DISTINCT_MODIFIER');

/** ORDER BY with LIMIT. Without LIMIT the order of rows means nothing; null: the query keeps all of its rows. */
export function limitOf(node: SelectNode): { orders: WindowOrder[]; from: number; until: number } | null {
  const limit = modifier(node, 'LIMIT_MODIFIER');
  if (modifier(node, 'LIMIT_PERCENT_MODIFIER'))
    return refuse('LIMIT with a percentage is not supported.', 'Give a number of rows.', locationOf(node));
  if (limit === undefined) return null;
  const orders = ordersOf(node);
  if (orders.length === 0)
    return refuse(
      'LIMIT without ORDER BY is not supported.',
      'A stream has no first rows: say by what to order them.',
      locationOf(limit),
    );
  const [count, offset] = [constant(limit.limit), constant(limit.offset ?? null)];
  return { orders, from: offset ?? 0, until: (offset ?? 0) + (count ?? Number.MAX_SAFE_INTEGER) };
}

export const ordersOf = (node: SelectNode): WindowOrder[] =>
  (modifier(node, 'ORDER_MODIFIER')?.orders ?? []) as unknown as WindowOrder[];

/** ORDER BY ALL as the numbers of all columns. */
export function orderedByAll(node: SelectNode, columns: number): SelectNode {
  const modifiers = node.modifiers.map((one) => {
    const orders = (one.orders ?? []) as unknown as WindowOrder[];
    if (!orders.some(({ expression }) => isStar(expression))) return one;
    const all = orders.flatMap((order) =>
      Array.from({ length: columns }, (_, index) => ({ ...order, expression: constantOf(index + 1, 'INTEGER') })),
    );
    return { ...one, orders: all as never };
  });
  return { ...node, modifiers };
}

function constant(expression: unknown): number | null {
  if (expression === null || expression === undefined) return null;
  const { value } = expression as { value?: { value?: unknown } };
  if (typeof value?.value === 'number') return value.value;
  return refuse('LIMIT and OFFSET must be constant numbers.', 'For example LIMIT 10.', locationOf(expression));
}

/** ORDER BY and LIMIT over a finished relation, whose columns have these names. */
export async function orderRelation(
  context: CompilerContext,
  relation: Relation,
  node: SelectNode,
  names: readonly string[],
): Promise<Relation> {
  const limit = limitOf(node);
  if (limit === null) return relation;
  const orders = limit.orders.map((order) => ({
    ...order,
    expression: outputColumn(order.expression, relation, names),
  }));
  return firstRows(context, relation, [], { ...limit, orders });
}

/** Names and positions of a query's own columns. */
function outputColumn(expression: Expression, relation: Relation, names: readonly string[]): Expression {
  const position = positionOf(expression);
  if (position >= 0) return column(relation.columns[position]!.name);
  return rewrite(expression, (node) => {
    if (!isColumnRef(node)) return null;
    const index = names.findIndex((name) => name.toLowerCase() === node.column_names[0]!.toLowerCase());
    return index < 0 ? null : (column(relation.columns[index]!.name, ...node.column_names.slice(1)) as Expression);
  });
}

/** The rows that come first in each key. Rows that are equal in the order come in an order of their own, always the same. */
export async function firstRows(
  context: CompilerContext,
  input: Relation,
  keys: string[],
  { orders, from, until }: Limit,
): Promise<Relation> {
  const taken = new Set(input.columns.map(({ name }) => name.toLowerCase()));
  const rank = freeName('row_number', taken);
  const partition = keys.map((name) => column(name));
  const number = over('row_number', [], { partition, order: orders.length > 0 ? orders : partition });
  const ranked = await windowed(context, input, keys, [{ name: rank, expression: number }]);
  const bound = (type: string, value: number) => greater(column(rank), cast(text(String(value)), 'BIGINT'), type);
  const last = greater(column(rank), constantOf(until, 'BIGINT'), 'COMPARE_LESSTHANOREQUALTO');
  const conditions = [last, ...(from > 0 ? [bound('COMPARE_GREATERTHAN', from)] : [])];
  const first = await pushFilter(context, ranked, conditions);
  const key = until === 1 && keys.length > 0 ? keys : input.key;
  return { ...(await mapRelation(context, first, allItems(input))), key };
}

const constantOf = (value: number, type: 'BIGINT' | 'INTEGER'): Expression =>
  ({
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    value: { type: { id: type, type_info: null }, is_null: false, value },
  }) as unknown as Expression;
