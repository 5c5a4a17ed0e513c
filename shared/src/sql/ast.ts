// DuckDB's syntax tree as json_serialize_sql writes it: only the fields that the compiler reads are named.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Node = { [key: string]: Json };

export type Expression = {
  class: string;
  type: string;
  alias: string;
  query_location?: number;
  [key: string]: Json | undefined;
};
export type ColumnRef = Expression & { column_names: string[] };
export type FunctionCall = Expression & {
  function_name: string;
  children: Expression[];
  filter: Expression | null;
  distinct: boolean;
  order_bys: { orders: Json[] };
  schema: string;
  catalog: string;
};
export type Star = Expression & {
  relation_name: string;
  exclude_list: string[];
  replace_list: { key: string; value: Expression }[];
  rename_list: { key: { table: string; column: string }; value: string }[];
  qualified_exclude_list: { table: string; column: string }[];
  columns: boolean;
  expr: Expression | null;
};

export type TableRef = { type: string; alias: string; query_location?: number; [key: string]: Json | undefined };
export type BaseTable = TableRef & {
  table_name: string;
  schema_name: string;
  catalog_name: string;
  column_name_alias: string[];
  at_clause: { unit: 'TIMESTAMP' | 'VERSION'; expr: Expression } | null;
};
export type SubqueryRef = TableRef & { subquery: { node: SelectNode }; column_name_alias: string[] };
export type TableFunctionRef = TableRef & { function: FunctionCall; column_name_alias: string[] };
export type JoinRef = TableRef & { left: TableRef; right: TableRef; ref_type: string; join_type: string };

export type CteMap = { map: { key: string; value: { aliases: string[]; query: { node: SelectNode } } }[] };
export type SelectNode = {
  type: string;
  modifiers: Node[];
  cte_map: CteMap;
  select_list: Expression[];
  from_table: TableRef;
  where_clause: Expression | null;
  group_expressions: Expression[];
  group_sets: number[][];
  aggregate_handling: string;
  having: Expression | null;
  sample: Json;
  qualify: Expression | null;
  [key: string]: unknown;
};

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** How DuckDB writes that something has no place in the query. */
export const NO_PLACE = '18446744073709551615';

/**
 * Parses a tree. Numbers that JavaScript cannot hold exactly keep their text; the location "none" (the largest
 * uint64) is left out; others are moved by `base`.
 */
export function parseAst(text: string, base = 0): { statements: { node: SelectNode }[] } {
  return parseWithSource(text, (key, value, { source }) => {
    if (typeof value !== 'number') return value;
    if (key === 'query_location') return Number.isSafeInteger(value) ? value + base : undefined;
    return source === undefined || source === String(value) ? value : rawJson(source);
  }) as { statements: { node: SelectNode }[] };
}

/** The tree of one SELECT as the text that json_deserialize_sql reads. */
export function printAst(node: SelectNode): string {
  return JSON.stringify({ error: false, statements: [{ node, named_param_map: [] }] });
}

export const isColumnRef = (node: Expression): node is ColumnRef => node.class === 'COLUMN_REF';
export const isFunction = (node: Expression): node is FunctionCall => node.class === 'FUNCTION';
export const isStar = (node: Expression): node is Star => node.class === 'STAR';
export const isBaseTable = (ref: TableRef): ref is BaseTable => ref.type === 'BASE_TABLE';
export const isSubquery = (ref: TableRef): ref is SubqueryRef => ref.type === 'SUBQUERY';
export const isTableFunction = (ref: TableRef): ref is TableFunctionRef => ref.type === 'TABLE_FUNCTION';
export const isJoin = (ref: TableRef): ref is JoinRef => ref.type === 'JOIN';

const isExpression = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && 'class' in value && typeof value.class === 'string';

/**
 * Copies `tree`, with every expression for which `replace` gives another one replaced (from the outside in; what was
 * replaced is not entered).
 */
export function rewrite<T>(tree: T, replace: (node: Expression) => Expression | null): T {
  if (Array.isArray(tree)) return tree.map((item) => rewrite(item as unknown, replace)) as T;
  if (typeof tree !== 'object' || tree === null || isRaw(tree)) return tree;
  if (isExpression(tree)) {
    const replaced = replace(tree);
    if (replaced !== null) return replaced as T;
  }
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, rewrite(value as unknown, replace)])) as T;
}

/** Calls `seen` for every expression in `tree`; it may answer `skip` to stay out of that one. */
export function visit(tree: unknown, seen: (node: Expression) => 'skip' | undefined): void {
  if (Array.isArray(tree)) for (const item of tree) visit(item, seen);
  else if (typeof tree === 'object' && tree !== null && !isRaw(tree)) {
    if (isExpression(tree) && seen(tree) === 'skip') return;
    for (const value of Object.values(tree)) visit(value, seen);
  }
}

const isRaw = (value: object): boolean => (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);

/** Where something begins in the query (byte offset): the first place in it. A comparison's own place is its operator. */
export function locationOf(tree: unknown): number | null {
  if (typeof tree !== 'object' || tree === null) return null;
  let first = 'query_location' in tree && typeof tree.query_location === 'number' ? tree.query_location : null;
  for (const value of Object.values(tree)) {
    const inner = locationOf(value);
    if (inner !== null && (first === null || inner < first)) first = inner;
  }
  return first;
}

/** Equal for expressions that mean the same: places and aliases do not count, nor the case of column names. */
export function fingerprint(expression: Expression): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'query_location' || key === 'alias') return undefined;
    if (key === 'column_names') return (value as string[]).map((name) => name.toLowerCase());
    return value;
  });
}
