import type { ColumnRef, Expression, FunctionCall, SelectNode, Star, SubqueryRef, TableRef } from './ast.ts';

export const column = (...names: string[]): ColumnRef => ({
  class: 'COLUMN_REF',
  type: 'COLUMN_REF',
  alias: '',
  column_names: names,
});

export const text = (value: string): Expression => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
});

export const cast = (child: Expression, type: string): Expression => ({
  class: 'CAST',
  type: 'OPERATOR_CAST',
  alias: '',
  child: child as never,
  cast_type: { id: type, type_info: null },
  try_cast: false,
});

export const call = (name: string, ...children: Expression[]): FunctionCall => ({
  class: 'FUNCTION',
  type: 'FUNCTION',
  alias: '',
  function_name: name,
  schema: '',
  catalog: '',
  children: children as never,
  filter: null as never,
  order_bys: { type: 'ORDER_MODIFIER', orders: [] } as never,
  distinct: false,
  is_operator: name === '+' || name === '-',
  export_state: false,
});

/** `left > right`, and true where either is NULL: there is no saying that it is not. */
export const notAtOrBefore = (left: Expression, right: Expression): Expression =>
  ({
    class: 'OPERATOR',
    type: 'OPERATOR_COALESCE',
    alias: '',
    children: [
      { class: 'COMPARISON', type: 'COMPARE_GREATERTHAN', alias: '', left, right },
      cast(text('true'), 'BOOLEAN'),
    ],
  }) as unknown as Expression;

export const star = (): Star => ({
  class: 'STAR',
  type: 'STAR',
  alias: '',
  relation_name: '',
  exclude_list: [],
  replace_list: [],
  rename_list: [],
  qualified_exclude_list: [],
  columns: false,
  expr: null as never,
});

export const named = <T extends Expression>(expression: T, alias: string): T => ({ ...expression, alias });

export const table = (name: string): TableRef => ({
  type: 'BASE_TABLE',
  alias: '',
  sample: null,
  schema_name: '',
  table_name: name,
  column_name_alias: [],
  catalog_name: '',
  at_clause: null,
});

export const noTable = (): TableRef => ({ type: 'EMPTY', alias: '', sample: null });

export const select = (list: Expression[], from: TableRef, where: Expression | null = null): SelectNode => ({
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  select_list: list,
  from_table: from,
  where_clause: where,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
  having: null,
  sample: null,
  qualify: null,
});

export const subquery = (node: SelectNode, alias: string, columnAliases: string[] = []): SubqueryRef =>
  ({
    type: 'SUBQUERY',
    alias,
    sample: null,
    subquery: { node, named_param_map: [] },
    column_name_alias: columnAliases,
  }) as unknown as SubqueryRef;

/** `left > right`, or another comparison. */
export const greater = (left: Expression, right: Expression, type = 'COMPARE_GREATERTHAN'): Expression =>
  ({ class: 'COMPARISON', type, alias: '', left, right }) as unknown as Expression;

/** Functions that are windows only, by their own node types; others are aggregates. */
const WINDOW_TYPES: Readonly<Record<string, string>> = {
  row_number: 'WINDOW_ROW_NUMBER',
  lag: 'WINDOW_LAG',
  last_value: 'WINDOW_LAST_VALUE',
};

/** `name(…) OVER (PARTITION BY … ORDER BY …)` with the default frame; without order the frame is all of the partition. */
export const over = (
  name: string,
  children: Expression[],
  { partition, order }: { partition: Expression[]; order: (Expression | WindowOrder)[] },
): Expression =>
  ({
    class: 'WINDOW',
    type: WINDOW_TYPES[name] ?? 'WINDOW_AGGREGATE',
    alias: '',
    function_name: name,
    schema: '',
    catalog: '',
    children,
    partitions: partition,
    orders: order.map((one) =>
      'expression' in one ? one : { type: 'ORDER_DEFAULT', null_order: 'ORDER_DEFAULT', expression: one },
    ),
    start: 'UNBOUNDED_PRECEDING',
    end: 'CURRENT_ROW_RANGE',
    start_expr: null,
    end_expr: null,
    offset_expr: null,
    default_expr: null,
    ignore_nulls: false,
    filter_expr: null,
    exclude_clause: 'NO_OTHER',
    distinct: false,
    arg_orders: [],
  }) as unknown as Expression;

export type WindowOrder = { type: string; null_order: string; expression: Expression };

export const coalesce = (...children: Expression[]): Expression =>
  ({ class: 'OPERATOR', type: 'OPERATOR_COALESCE', alias: '', children }) as unknown as Expression;

export const and = (...conditions: Expression[]): Expression =>
  conditions.length === 1
    ? conditions[0]!
    : ({ class: 'CONJUNCTION', type: 'CONJUNCTION_AND', alias: '', children: conditions } as unknown as Expression);

export const or = (...conditions: Expression[]): Expression =>
  ({ class: 'CONJUNCTION', type: 'CONJUNCTION_OR', alias: '', children: conditions }) as unknown as Expression;

export const nullValue = (): Expression =>
  ({
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    value: { type: { id: 'NULL', type_info: null }, is_null: true },
  }) as unknown as Expression;

const test =
  (type: string) =>
  (expression: Expression): Expression =>
    ({ class: 'OPERATOR', type, alias: '', children: [expression] }) as unknown as Expression;
export const isNull = test('OPERATOR_IS_NULL');
export const isNotNull = test('OPERATOR_IS_NOT_NULL');
export const not = test('OPERATOR_NOT');

/** `CASE` with these branches; what none of them says is `otherwise`. */
export const caseOf = (
  branches: readonly { when: Expression; value: Expression }[],
  otherwise: Expression,
): Expression =>
  ({
    class: 'CASE',
    type: 'CASE_EXPR',
    alias: '',
    case_checks: branches.map(({ when, value }) => ({ when_expr: when, then_expr: value })),
    else_expr: otherwise,
  }) as unknown as Expression;
