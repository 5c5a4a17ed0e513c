import { type Expression, isFunction, isSubquery, isTableFunction, type TableRef } from './ast.ts';
import { call } from './ast-build.ts';

export type Lateral = { calls: Expression[]; alias: string; names: string[] };

/** unnest(…) or LATERAL (SELECT unnest(…)): rows made from one row, so it needs no state. */
export function lateralUnnest(ref: TableRef): Lateral | null {
  const isUnnest = (item: Expression) => isFunction(item) && item.function_name.toLowerCase() === 'unnest';
  if (isTableFunction(ref)) {
    const { function: fn, alias, column_name_alias } = ref;
    if (!isUnnest(fn)) return null;
    return {
      calls: fn.children.map((child) => call('unnest', child)),
      alias: alias || 'unnest',
      names: column_name_alias,
    };
  }
  if (!isSubquery(ref)) return null;
  const { node } = ref.subquery;
  const plain = node.type === 'SELECT_NODE' && node.from_table.type === 'EMPTY' && node.modifiers.length === 0;
  if (!plain || node.where_clause !== null || !node.select_list.every(isUnnest)) return null;
  const names = node.select_list.map((item, index) => ref.column_name_alias[index] ?? (item.alias || 'unnest'));
  return { calls: node.select_list, alias: ref.alias || 'unnamed_subquery', names };
}
