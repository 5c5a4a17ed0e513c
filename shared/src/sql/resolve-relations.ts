import {
  type BaseTable,
  type CteMap,
  type Expression,
  isBaseTable,
  isColumnRef,
  isJoin,
  isSubquery,
  isTableFunction,
  type SelectNode,
  type TableFunctionRef,
  type TableRef,
} from './ast.ts';
import { subquery, table } from './ast-build.ts';
import { isPivot, pivotSelect } from './resolve-pivot.ts';
import { rewriteSubqueries } from './rewrite-subqueries.ts';

export type WindowFunction = 'tumble' | 'hop' | 'cumulate' | 'session';

/**
 * `tumble(input, time, size)`, `hop(input, time, slide, size)`, `cumulate(input, time, step, size)` or
 * `session(input, time, gap, key…)` in a FROM clause. `input` is null when the first argument is no relation. `named` are
 * arguments with a name, such as `zone := 'Europe/Berlin'`.
 */
export type WindowRef = TableRef & {
  type: 'WINDOW_FUNCTION';
  name: WindowFunction;
  input: TableRef | null;
  arguments: Expression[];
  named: Expression[];
};

export const isWindow = (ref: TableRef): ref is WindowRef => ref.type === 'WINDOW_FUNCTION';

/** The distance of windows, and their length. */
export const slideOf = ({ arguments: [, , slide] }: WindowRef): Expression => slide!;
/** How much later than the Unix epoch windows are aligned to; undefined: not. */
export const offsetOf = ({ name, arguments: given }: WindowRef): Expression | undefined =>
  name === 'session' ? undefined : given[name === 'tumble' ? 3 : 4];
export const sizeOf = ({ name, arguments: given }: WindowRef): Expression =>
  given[name === 'hop' || name === 'cumulate' ? 3 : 2]!;

/** Whose calendar the days and months of windows are; undefined: nobody's. */
export const zoneOf = ({ named }: WindowRef): Expression | undefined => named.find(({ alias }) => isZone(alias));
export const isZone = (name: string): boolean => name.toLowerCase() === 'zone';

/** What WITH or a view defines. */
export type Definition = CteMap['map'][number]['value'];
type Definitions = ReadonlyMap<string, Definition>;

/** Puts the bodies of WITH in the place of their names and makes a WindowRef of every window function, in subqueries too. */
export function resolveRelations(node: SelectNode, outer: Definitions = new Map()): SelectNode {
  if (node.type !== 'SELECT_NODE' && node.type !== 'SET_OPERATION_NODE') return node;
  const definitions = new Map(outer);
  for (const { key, value } of node.cte_map.map) {
    const query = { node: resolveRelations(value.query.node, definitions) };
    definitions.set(key.toLowerCase(), { aliases: value.aliases, query });
  }
  const inner = (query: unknown) => resolveRelations(query as SelectNode, definitions);
  if (node.type === 'SET_OPERATION_NODE')
    return { ...node, cte_map: { map: [] }, left: inner(node.left), right: inner(node.right) };
  const { from_table, ...clauses } = node;
  return {
    ...rewriteSubqueries({ ...clauses, cte_map: { map: [] } }, inner),
    from_table: resolve(from_table, definitions),
  };
}

const WINDOW_NAMES: ReadonlySet<string> = new Set<WindowFunction>(['tumble', 'hop', 'cumulate', 'session']);

function resolve(ref: TableRef, definitions: Definitions): TableRef {
  if (isBaseTable(ref)) return resolveName(ref, definitions);
  if (isSubquery(ref)) {
    return { ...ref, subquery: { ...ref.subquery, node: resolveRelations(ref.subquery.node, definitions) } } as never;
  }
  if (isJoin(ref)) {
    // Lists that unnest(…) takes may hold subqueries, which are refused; they need no names.
    return { ...ref, left: resolve(ref.left, definitions), right: resolve(ref.right, definitions) } as never;
  }
  if (isPivot(ref)) return pivotSelect(ref, resolve(ref.source, definitions)) ?? ref;
  if (!isTableFunction(ref)) return ref;
  const name = ref.function.function_name.toLowerCase();
  return WINDOW_NAMES.has(name) ? windowFunction(name as WindowFunction, ref, definitions) : ref;
}

function resolveName(ref: BaseTable, definitions: Definitions): TableRef {
  // As of a time only a source can be read; another name is told of later.
  const isPlain = ref.schema_name === '' && !ref.at_clause;
  const definition = isPlain ? definitions.get(ref.table_name.toLowerCase()) : undefined;
  if (definition === undefined) return ref;
  const aliases = ref.column_name_alias.length > 0 ? ref.column_name_alias : definition.aliases;
  return subquery(definition.query.node, ref.alias || ref.table_name, aliases);
}

function windowFunction(name: WindowFunction, ref: TableFunctionRef, definitions: Definitions): TableRef {
  const [relation] = ref.function.children;
  let input: TableRef | null = null;
  if (relation && isColumnRef(relation) && relation.column_names.length === 1) {
    const named = { ...table(relation.column_names[0]!), query_location: relation.query_location };
    input = resolve(named as TableRef, definitions);
  } else if (relation?.class === 'SUBQUERY' && relation.subquery_type === 'SCALAR') {
    const { node } = relation.subquery as unknown as { node: SelectNode };
    input = subquery(resolveRelations(node, definitions), '');
  }
  const { alias, query_location, column_name_alias } = ref;
  const { children } = ref.function;
  return {
    type: 'WINDOW_FUNCTION',
    name,
    alias,
    query_location,
    column_name_alias,
    input,
    arguments: children.filter((child) => child.alias === ''),
    named: children.filter((child) => child.alias !== ''),
  } as never;
}
