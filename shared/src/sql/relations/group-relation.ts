import {
  type Expression,
  type FunctionCall,
  fingerprint,
  isColumnRef,
  isFunction,
  locationOf,
  rewrite,
  type SelectNode,
  visit,
} from '../ast.ts';
import { call, caseOf, cast, column, greater, nullValue, text } from '../ast-build.ts';
import { stateColumnName } from '../state-column-name.ts';
import { aggregateRelation, type Grouping } from './aggregate-relation.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { conjuncts } from './join-relation.ts';
import { allItems, mapRelation, unnests } from './map-relation.ts';
import { pushFilter } from './push-filter.ts';
import { type AggregateKey, columnOf, freeName, plainColumn, type Relation } from './relation.ts';
import { sameWindow } from './same-window.ts';
import type { Resolver, Scope } from './scope.ts';
import { isSubquery } from './subquery.ts';
import { hasSubquery, whereHolds } from './subquery-conditions.ts';

/** Groups, and the expressions of the query over them: `rewritten` gives each of those that were handed in. */
export type Grouped = {
  relation: Relation;
  rewrite(tree: Expression): Expression;
  /** What names mean over the groups: subqueries of the list and of HAVING may compare with what is grouped by. */
  scope: Scope;
};

export const isAggregateCall = ({ frontend }: CompilerContext, item: Expression): item is FunctionCall =>
  isFunction(item) && frontend.catalog.aggregates.has(item.function_name.toLowerCase());

/** Whether a SELECT groups: by GROUP BY, by HAVING, or by an aggregate in its list. */
export function isGrouped(context: CompilerContext, node: SelectNode): boolean {
  if (node.group_expressions.length > 0 || node.aggregate_handling === 'FORCE_AGGREGATES' || node.having !== null)
    return true;
  return aggregates(context, [node.select_list, node.qualify, node.modifiers]);
}

/** Whether an item of the list is one of the things that are grouped by. */
export function isGroupedBy(context: CompilerContext, node: SelectNode, item: Expression, index: number): boolean {
  if (node.aggregate_handling === 'FORCE_AGGREGATES') return !aggregates(context, item);
  const isAlias = (name: string | null) => name !== null && name.toLowerCase() === item.alias.toLowerCase();
  return node.group_expressions.some((one) => positionOf(one) === index || isAlias(plainColumn(one)));
}

/** An aggregate that is no window stands in the tree; those of subqueries are theirs. */
function aggregates(context: CompilerContext, tree: unknown): boolean {
  let found = false;
  visit(tree, (item) => {
    if (item.class === 'SUBQUERY') return 'skip';
    if (isAggregateCall(context, item)) found = true;
    return undefined;
  });
  return found;
}

export async function groupRelation(
  context: CompilerContext,
  input: Relation,
  node: SelectNode,
  resolver: Resolver,
  scope: Scope,
): Promise<Grouped> {
  const { list } = resolver;
  const unnested = list.find(unnests);
  if (unnested) {
    const hint = 'Put it into FROM: FROM source, unnest(source.items) AS item(value).';
    refuse('UNNEST beside aggregates is not supported.', hint, locationOf(unnested));
  }
  const isPlainGroup = (item: Expression) => !aggregates(context, item) && !hasWindow(item);
  const grouped =
    node.aggregate_handling === 'FORCE_AGGREGATES'
      ? list.filter(isPlainGroup)
      : node.group_expressions.map((item) => list[positionOf(item)] ?? resolver.resolve(item));
  const sets = await groupingSets(context, input, node, grouped);
  const { keys, derived, columnOf: keyColumn } = chooseKeys(sets.relation, sets.keys);
  for (const [index, item] of grouped.entries())
    keyColumn.set(fingerprint(item), keyColumn.get(fingerprint(sets.keys[index]!))!);
  const calls: Grouping['calls'] = [];
  const split = (tree: Expression): Expression =>
    rewrite(tree, (inner) => {
      const key = keyColumn.get(fingerprint(inner));
      if (key !== undefined) return { ...column(key), alias: inner.alias };
      if (isSubquery(inner))
        return { ...inner, child: inner.child && split(resolver.resolve(inner.child)) } as Expression;
      if (inner.type === 'GROUPING_FUNCTION') return { ...split(sets.groupingOf(inner, resolver)), alias: inner.alias };
      if (!isAggregateCall(context, inner)) return null;
      return { ...column(aggregateColumn(inner, calls)), alias: inner.alias };
    });
  const late = (tree: Expression) => split(resolver.resolveLate(tree, keyColumn));
  const rewritten = new Map(list.map((item) => [item, split(item)] as const));
  const having = node.having === null ? [] : conjuncts(late(node.having));
  // All aggregates have to be known before there are groups.
  if (node.qualify) late(node.qualify);
  for (const tree of ordersOf(node)) late(tree);
  const groups = await aggregateRelation(context, sets.relation, { keys, derived, calls, countsLate: true });
  const over = groupScope(scope, groups, keyColumn);
  const from = hasSubquery(having)
    ? await whereHolds(context, { relation: groups, scope: over }, having)
    : { relation: await pushFilter(context, groups, having), scope: over };
  return { ...from, rewrite: (tree) => rewritten.get(tree) ?? late(tree) };
}

/** Columns of the groups by their own names and, those that are grouped by, by the names that they have in FROM. */
function groupScope({ tables }: Scope, { columns }: Relation, keyColumn: ReadonlyMap<string, string>): Scope {
  const own = columns.map(({ name }) => ({ name, column: name, starred: false }));
  const named = tables.map((table) => ({
    ...table,
    columns: table.columns.flatMap((one) => {
      const key = keyColumn.get(fingerprint(column(one.column)));
      return key === undefined ? [] : [{ ...one, column: key }];
    }),
  }));
  return { tables: [{ alias: '', columns: own }, ...named], merged: new Map() };
}

export const ordersOf = (node: SelectNode): Expression[] =>
  node.modifiers.flatMap((modifier) => {
    const targets = (modifier.distinct_on_targets ?? []) as unknown as Expression[];
    const orders = (modifier.orders ?? []) as unknown as { expression: Expression }[];
    return [...targets, ...orders.map(({ expression }) => expression)].filter((item) => positionOf(item) < 0);
  });

export function hasWindow(tree: unknown): boolean {
  let found = false;
  visit(tree, (item) => {
    if (item.class === 'SUBQUERY') return 'skip';
    if (item.class === 'WINDOW') found = true;
    return undefined;
  });
  return found;
}

/** Index in the SELECT list of `GROUP BY 1`, −1 for anything else. */
export function positionOf(item: Expression): number {
  const { value, type } = (item.value ?? {}) as { value?: unknown; type?: { id: string } };
  return item.class === 'CONSTANT' && typeof value === 'number' && /INT/.test(type?.id ?? '') ? value - 1 : -1;
}

/** DISTINCT changes nothing of some, and count(*) has a name of its own. */
function aggregateColumn(found: FunctionCall, known: Grouping['calls']): string {
  const same = known.find((one) => fingerprint(one.call) === fingerprint(found));
  if (same) return same.name;
  const name = `__aggregate${known.length}`;
  known.push({ name, call: { ...found, alias: '' } as FunctionCall });
  return name;
}

function chooseKeys(input: Relation, grouped: readonly Expression[]) {
  const keys: AggregateKey[] = [];
  const derived: Grouping['derived'] = [];
  const columnOfKey = new Map<string, string>();
  const windows = grouped.map((expression) => {
    const plain = plainColumn(expression);
    const role = plain === null ? null : columnOf(input, plain)?.role;
    return { expression, role: role ?? null };
  });
  const starts = windows.filter(({ role }) => role?.kind === 'windowStart');
  const taken = new Set<string>();
  for (const { expression, role } of windows) {
    const print = fingerprint(expression);
    if (columnOfKey.has(print)) continue;
    const name = stateColumnName(isColumnRef(expression) ? expression.column_names.at(-1)! : print, print, taken);
    columnOfKey.set(print, name);
    const isOwn = (one: (typeof starts)[number]) =>
      sameWindow(input, plainColumn(one.expression)!, plainColumn(expression)!);
    const start = role?.kind === 'windowEnd' ? starts.find(isOwn) : undefined;
    const follows =
      role?.kind === 'windowEnd' &&
      !role.varies &&
      start?.role?.kind === 'windowStart' &&
      start.role.sizeMicros === role.sizeMicros;
    if (follows) derived.push({ name, fromKey: fingerprint(start.expression), sizeMicros: role.sizeMicros });
    else keys.push({ name, expression: { ...expression, alias: '' }, role });
  }
  for (const one of derived) one.fromKey = columnOfKey.get(one.fromKey)!;
  // In a fixed order, so that another order in the query is the same state and the same hash.
  keys.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { keys, derived, columnOf: columnOfKey };
}

type Sets = {
  relation: Relation;
  /** What to group by: where a set leaves an expression out it is NULL, and the number of the set is one more. */
  keys: Expression[];
  groupingOf(item: Expression, resolver: Resolver): Expression;
};

/** GROUPING SETS, ROLLUP and CUBE: a row for each set. */
async function groupingSets(
  context: CompilerContext,
  input: Relation,
  node: SelectNode,
  grouped: Expression[],
): Promise<Sets> {
  const { group_sets: sets } = node;
  const single = sets.length === 0 || (sets.length === 1 && sets[0]!.length === node.group_expressions.length);
  if (single || node.aggregate_handling === 'FORCE_AGGREGATES') {
    return { relation: input, keys: grouped, groupingOf: () => cast(text('0'), 'BIGINT') };
  }
  const taken = new Set(input.columns.map(({ name }) => name.toLowerCase()));
  const number = freeName('grouping_set', taken);
  const numbers = sets.map((_, index) => cast(text(String(index)), 'INTEGER'));
  const repeated = await mapRelation(context, input, [
    ...allItems(input),
    { name: number, expression: call('unnest', call('list_value', ...numbers)) },
  ]);
  const masked = grouped.map((expression, index) => ({
    name: freeName(plainColumn(expression) ?? 'grouped', taken),
    expression: byNumber(
      column(number),
      sets.map((set) => (set.includes(index) ? { ...expression, alias: '' } : null)),
    ),
  }));
  const relation = await mapRelation(context, repeated, [...allItems(repeated), ...masked]);
  const groupingOf = (item: Expression, { resolve }: Resolver) => {
    const prints = (item.children as unknown as Expression[]).map((child) => fingerprint(resolve(child)));
    const places = prints.map((print) => grouped.findIndex((expression) => fingerprint(expression) === print));
    const bits = sets.map((set) => places.reduce((sum, place) => sum * 2 + (set.includes(place) ? 0 : 1), 0));
    return cast(
      byNumber(
        column(number),
        bits.map((value) => cast(text(String(value)), 'BIGINT')),
      ),
      'BIGINT',
    );
  };
  return { relation, keys: [...masked.map(({ name }) => column(name)), column(number)], groupingOf };
}

/** The value for each number from 0; null is NULL. */
function byNumber(number: Expression, values: readonly (Expression | null)[]): Expression {
  const branches = values.flatMap((value, index) =>
    value === null ? [] : [{ when: greater(number, cast(text(String(index)), 'INTEGER'), 'COMPARE_EQUAL'), value }],
  );
  return caseOf(branches, nullValue());
}
